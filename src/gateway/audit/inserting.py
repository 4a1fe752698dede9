"""Rows of the log as they are written, and what each is found by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.audit.entry import Recorded, canonical, microseconds, references
from gateway.audit.merkle import leaf_hash
from gateway.storage.connection import Connection


class Leaf(NamedTuple):
    """An entry with its canonical bytes and their RFC 6962 leaf hash."""

    recorded: Recorded
    body: bytes
    hash: bytes


def leaves(recorded: Sequence[Recorded]) -> list[Leaf]:
    bodies = [canonical(each.entry) for each in recorded]
    return [Leaf(each, body, leaf_hash(body)) for each, body in zip(recorded, bodies, strict=True)]


def insert(
    connection: Connection, rows: Sequence[Leaf], numbers: Sequence[int], *, sealed: bool
) -> None:
    """Write rows under these numbers; where they are sealed, a number is the position too."""
    numbered = list(zip(numbers, rows, strict=True))
    connection.executemany(
        "INSERT INTO audit (number, position, id, at, organization, entry, leaf)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (number, number if sealed else None, *_columns(row), row.body, row.hash)
            for number, row in numbered
        ],
    )
    connection.executemany(
        "INSERT INTO audit_entity (entity, number) VALUES (?, ?)",
        [
            (reference, number)
            for number, row in numbered
            for reference in references(row.recorded.entry)
        ],
    )
    connection.executemany(
        "INSERT INTO audit_person (person, number) VALUES (?, ?)",
        [(person, number) for number, row in numbered for person in sorted(row.recorded.persons)],
    )


def _columns(row: Leaf) -> tuple[str, int, str]:
    entry = row.recorded.entry
    return entry.id, microseconds(entry.at), entry.organization
