"""What the resources that another names lend it: labels to decide by, and labels to be told.

INVARIANT: what decides is what is named as it is now, whole. What the author is told is no more
than the one who writes may see of it, and what the version before says already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from consent import said
from consent.labelling import Labels, depends_on, label
from consent.said import Said
from gateway.actions.releasing import stored_labels, told_labels
from gateway.storage import versions
from gateway.storage.connection import Connection
from gateway.storage.labelling import UNKNOWN, Labelling
from gateway.storage.resources import Row

# Finds the row of a local reference that the one who writes may see.
Sees = Callable[[str], Row | None]
Json = dict[str, Any]


@dataclass(slots=True)
class Lent:
    """The labels of what a resource names, by "Type/id". `labelled_by`: by which rules; none, where
    some of it waits for the labeller."""

    labelled_by: int
    deciding: dict[str, Labels] = field(default_factory=dict)
    told: dict[str, Labels] = field(default_factory=dict)

    def labels(self, resource: Json, labelling: Labelling, services: tuple[Said, ...]) -> Labels:
        """Those that decide; the rules that spoke are those that the author is told of."""
        decide = label(resource, self.deciding, labelling.rules, services)
        if self.told == self.deciding:
            return decide
        told = label(resource, self.told, labelling.rules, services)
        return replace(decide, said=told.said)


def lent_to(
    connection: Connection,
    labelling: Labelling,
    resource: Json,
    sees: Sees,
    earlier: Row | None,
) -> Lent:
    """What is lent to a resource that is written. What the version before it named already lends
    what that version was told, where the one who writes saw it then and does not now."""
    lent = Lent(labelling.number)
    carried = frozenset[str]()
    if earlier is not None and saw_all(earlier):
        carried = _references_in(connection, earlier)
    for reference in depends_on(resource, labelling.rules):
        row = sees(reference) or (earlier if reference in carried else None)
        if row is None:
            continue
        lent.told[reference] = told_labels(row, labelling)
        decides = _standing(connection, reference)
        if decides is None:
            continue  # named before, where that lent nothing, and unknown: nobody else is to see it
        lent.deciding[reference] = stored_labels(decides, labelling)
        if not labelling.knows(decides.labelled):
            lent.labelled_by = UNKNOWN
    return lent


def saw_all(row: Row) -> bool:
    """Whether all that it names could be seen by who wrote it."""
    if not row.said:
        return not row.doubt
    return not any(one.rule.endswith("#named-unknown") for one in said.read(row.said))


def _standing(connection: Connection, reference: str) -> Row | None:
    """The last version of what is named, whoever may see it; a deletion keeps its labels."""
    type_, _, id_ = reference.partition("/")
    return next((each.row for each in versions.standing(connection, type_, [id_])), None)


def _references_in(connection: Connection, row: Row) -> frozenset[str]:
    found = connection.execute(
        "SELECT value FROM fact WHERE rid = ? AND kind = 'reference'", (row.rid,)
    )
    return frozenset(value for (value,) in found)
