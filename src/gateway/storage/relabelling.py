"""Rows whose labels were set by other rules than those in force, and their labels set anew.

A relabelling is no version: nobody wrote anything. The opaque versionId is made of the labels too,
so it moves where they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from consent import said
from consent.labelling import Labels
from gateway.fhir.types import DIRECTORY
from gateway.storage.connection import Connection
from gateway.storage.labelling import Labelling
from gateway.storage.predicate_sql import placeholders
from gateway.storage.resources import COLUMNS, Row

_OPEN = tuple(sorted(DIRECTORY))  # readable by every client: no label decides
_WAITS = (
    f"r.type NOT IN ({placeholders(len(_OPEN))}) AND (r.labelled NOT IN (?, ?) OR EXISTS"
    " (SELECT 1 FROM former f WHERE f.rid = r.rid AND f.labelled NOT IN (?, ?)))"
)


class Standing(NamedTuple):
    """The version that stands, or the one that a deletion ended."""

    row: Row
    ceiling: bool
    deleted: bool


def waiting(connection: Connection, labelling: Labelling) -> int:
    """How many resources wait for the labeller: with some version that other rules labelled."""
    found = connection.execute(
        f"SELECT count(*) FROM resource r WHERE {_WAITS}", _values(labelling)
    )
    return int(found.fetchone()[0])


def waits(connection: Connection, labelling: Labelling) -> bool:
    """Whether any does."""
    found = connection.execute(
        f"SELECT 1 FROM resource r WHERE {_WAITS} LIMIT 1", _values(labelling)
    )
    return found.fetchone() is not None


def some_waiting(
    connection: Connection, labelling: Labelling, after: int, count: int
) -> list[Standing]:
    """The next of them, by their number inside."""
    found = connection.execute(
        f"SELECT {COLUMNS}, r.ceiling, r.deleted FROM resource r WHERE r.rid > ? AND {_WAITS}"
        " ORDER BY r.rid LIMIT ?",
        (after, *_values(labelling), count),
    )
    return [Standing(Row(*row), bool(c), bool(d)) for *row, c, d in found]


def label_standing(connection: Connection, row: Row, labels: Labels, number: int) -> None:
    """Set the labels of what stands. The stamps of whom it concerns rise with it."""
    connection.execute(
        "UPDATE resource SET topics = ?, level = ?, pending = ?, ceiling = ?, labelled = ?,"
        " said = ? WHERE rid = ?",
        (*_columns(labels, number), row.rid),
    )


def label_former(
    connection: Connection, rid: int, version: int, labels: Labels, number: int
) -> None:
    """Set the labels of a version that stands no more."""
    connection.execute(
        "UPDATE former SET topics = ?, level = ?, pending = ?, ceiling = ?, labelled = ?,"
        " said = ? WHERE rid = ? AND version = ?",
        (*_columns(labels, number), rid, version),
    )


def persons_of(connection: Connection, rids: Sequence[int]) -> frozenset[bytes]:
    """Everyone whom these rows concern."""
    if not rids:
        return frozenset()
    found = connection.execute(
        "SELECT DISTINCT i.person FROM concern c JOIN identity i ON i.id = c.identity"
        f" WHERE c.rid IN ({placeholders(len(rids))})",
        tuple(rids),
    )
    return frozenset(bytes(person) for (person,) in found)


def _columns(labels: Labels, number: int) -> tuple[object, ...]:
    return (
        labels.topics,
        labels.level,
        labels.doubt,
        int(labels.ceiling),
        -number if labels.doubt else number,
        said.written(labels.said),
    )


def _values(labelling: Labelling) -> tuple[object, ...]:
    numbers = (labelling.number, -labelling.number)
    return (*_OPEN, *numbers, *numbers)
