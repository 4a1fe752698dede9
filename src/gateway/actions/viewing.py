"""How a requester sees rows that others wrote: what is hidden in them, and which labels remain.

A referral carries the labels of all it names. Whoever may not see what is named may not learn from
the labels either what it is about: they see the labels without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from consent.label_rules import rules
from consent.labelling import Labels
from consent.parts import has_parts
from consent.said import CARRIED
from gateway.actions.releasing import PLAIN, View, seen_labels
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import placeholders
from gateway.storage.resources import Resources, Row


@dataclass(frozen=True, slots=True)
class Shows:
    """What the requester may see of some references ("Type/id"): which they are, and their rows;
    and the labels of a row's view, where it is released in parts."""

    names: Callable[[set[str]], set[str]]
    rows: Callable[[set[str]], dict[str, Row]]
    in_parts: Callable[[Row], Labels | None]


class _CrossingError(Exception):
    """What several rows lead to leads to another of them: each has to be looked at alone."""


def views(
    connection: Connection,
    resources: Resources,
    rows: Sequence[Row],
    shows: Shows,
    author: str,
    named: Mapping[int, set[str]] | None = None,
) -> dict[int, View]:
    """For each row, by its number, the references to hide, and the labels of the others.

    `author` is the requester's organisation, whose own rows it sees whole; `named` is what each
    row refers to, where it is not the version that stands.
    """
    look = _Look(connection, resources, shows, author)
    try:
        return look.at(rows, frozenset(), named, together=len(rows) > 1)
    except _CrossingError:
        found: dict[int, View] = {}
        for row in rows:
            found |= look.at([row], frozenset(), named, together=False)
        return found


@dataclass(frozen=True, slots=True)
class _Look:
    """One requester's, in one snapshot."""

    connection: Connection
    resources: Resources
    shows: Shows
    author: str

    def at(
        self,
        rows: Sequence[Row],
        within: frozenset[str],
        named: Mapping[int, set[str]] | None,
        *,
        together: bool,
    ) -> dict[int, View]:
        """`within` are the rows that led here. INVARIANT: from one row alone, each that is seen is
        reached once, and lends there what it says itself: a second time it lends nothing."""
        if not rows:
            return {}
        named = _references(self.connection, rows) if named is None else named
        everything = set[str]().union(*(named[row.rid] for row in rows))
        if not everything:
            return {row.rid: PLAIN for row in rows}
        lending = set[str]().union(*(named[row.rid] for row in rows if _carries(row)))
        shown = self.shows.rows(lending) if lending else {}
        visible = shown.keys() | self.shows.names(everything - lending)
        within |= {row.reference for row in rows}
        labels = self._labels(shown, within, together=together)
        return {row.rid: _view(row, named[row.rid], visible, labels) for row in rows}

    def _labels(
        self, shown: Mapping[str, Row], within: frozenset[str], *, together: bool
    ) -> dict[str, Labels]:
        """What each row that is seen lends."""
        theirs = {
            reference: row
            for reference, row in shown.items()
            if _carries(row) and row.author != self.author and not has_parts(row.type)
        }
        if together and not within.isdisjoint(theirs):
            raise _CrossingError
        new = [row for reference, row in theirs.items() if reference not in within]
        inner = self.at(new, within, None, together=together)
        return {
            reference: Labels()
            if reference in theirs and reference in within
            else self.shows.in_parts(row) or self._seen(row, inner.get(row.rid, PLAIN))
            for reference, row in shown.items()
        }

    def _seen(self, row: Row, view: View) -> Labels:
        return seen_labels(self.resources.labelling, row, self.resources.opened(row), view)


def _view(
    row: Row,
    named: set[str],
    visible: set[str],
    labels: Mapping[str, Labels],
) -> View:
    """INVARIANT: what carries labels is labelled anew for everyone but its author, whether
    anything is hidden or not: what is stored says what was named when it was written."""
    hidden = frozenset(named - visible)
    if not _carries(row):
        return View(hidden=hidden) if hidden else PLAIN
    return View(hidden=hidden, named={reference: labels[reference] for reference in named - hidden})


def _carries(row: Row) -> bool:
    """Whether it carries labels of what it names, or of what something within it names."""
    return CARRIED in row.said if row.said else row.type in rules().named


def _references(connection: Connection, rows: Sequence[Row]) -> dict[int, set[str]]:
    """What each row refers to, but for Patients."""
    named: dict[int, set[str]] = {row.rid: set() for row in rows}
    found = connection.execute(
        "SELECT rid, value FROM fact WHERE kind = 'reference'"
        f" AND rid IN ({placeholders(len(rows))}) AND value NOT LIKE 'Patient/%'",
        tuple(named),
    )
    for rid, value in found:
        named[rid].add(value)
    return named
