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
from gateway.actions.releasing import PLAIN, View, seen_labels, stored_labels
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


def views(
    connection: Connection,
    resources: Resources,
    rows: Sequence[Row],
    shows: Shows,
    author: str,
    within: frozenset[str] = frozenset(),
    named: Mapping[int, set[str]] | None = None,
) -> dict[int, View]:
    """For each row, by its number, the references to hide, and the labels of the others.

    `author` is the requester's organisation, whose own rows it sees whole; `within` are the rows
    that led here, so that a circle of references ends; `named` is what each row refers to, where
    it is not the version that stands.
    """
    if not rows:
        return {}
    named = _references(connection, rows) if named is None else named
    everything = set[str]().union(*named.values())
    if not everything:
        return {row.rid: PLAIN for row in rows}
    lending = set[str]().union(*(named[row.rid] for row in rows if _carries(row)))
    shown = shows.rows(lending) if lending else {}
    visible = shown.keys() | shows.names(everything - lending)
    within |= {row.reference for row in rows}
    carried = [row for row in shown.values() if _carries(row) and row.reference not in within]
    theirs = [row for row in carried if row.author != author and not has_parts(row.type)]
    inner = views(connection, resources, theirs, shows, author, within) if theirs else {}
    labels = {
        reference: shows.in_parts(row)
        or seen_labels(resources.labelling, row, resources.opened(row), inner.get(row.rid, PLAIN))
        for reference, row in shown.items()
    }
    lent = {
        reference
        for reference, row in shown.items()
        if labels[reference] != stored_labels(row, resources.labelling)
    }
    return {row.rid: _view(row, named[row.rid], visible, labels, lent) for row in rows}


def _view(
    row: Row,
    named: set[str],
    visible: set[str],
    labels: Mapping[str, Labels],
    lent: set[str],
) -> View:
    """`lent`: what is seen with other labels than are stored."""
    hidden = frozenset(named - visible)
    if not _carries(row):
        return View(hidden=hidden) if hidden else PLAIN
    if not hidden and named.isdisjoint(lent) and not has_parts(row.type):
        return PLAIN  # what has parts is labelled anew by those that are seen, and what they name
    return View(hidden=hidden, named={reference: labels[reference] for reference in named - hidden})


def _carries(row: Row) -> bool:
    """Whether it carries the labels of what it names."""
    return row.type in rules().named


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
