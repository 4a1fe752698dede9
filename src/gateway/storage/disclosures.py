"""Disclosures without consent as they are kept: what, for whom, why, decided by which two people.

A disclosure releases a named list once. What changed since it was listed is not released.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import Sql
from gateway.storage.resources import Row


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Times in microseconds; `recipient` a bare organisation id; `untold` says why telling the
    person would cause harm, None: they are told."""

    id: str
    recipient: str
    basis: str
    reason: str
    untold: str | None
    proposed_by: str
    proposed: int
    agreed_by: str | None = None
    agreed: int | None = None
    until: int | None = None
    withdrawn_by: str | None = None
    withdrawn: int | None = None
    fetched: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One listed resource; `moved`: it is not any more what was listed."""

    reference: str
    moved: bool


_COLUMNS = (
    "id, recipient, basis, reason, untold, proposed_by, proposed, agreed_by, agreed, until,"
    " withdrawn_by, withdrawn, fetched"
)


def propose(connection: Connection, new: Disclosure, rows: Sequence[Row]) -> None:
    connection.execute(
        "INSERT INTO disclosure (id, recipient, basis, reason, untold, proposed_by, proposed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.recipient,
            new.basis,
            new.reason,
            new.untold,
            new.proposed_by,
            new.proposed,
        ),
    )
    connection.executemany(
        "INSERT INTO disclosure_item (disclosure, rid, version) VALUES (?, ?, ?)",
        [(new.id, row.rid, row.version) for row in rows],
    )


def by_id(connection: Connection, id_: str) -> Disclosure | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM disclosure WHERE id = ?", (id_,)).fetchone()
    return None if row is None else Disclosure(*row)


def latest(connection: Connection, most: int) -> list[Disclosure]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM disclosure ORDER BY proposed DESC, id LIMIT ?", (most,)
    )
    return [Disclosure(*row) for row in rows]


def listed(connection: Connection, id_: str) -> list[Listed]:
    rows = connection.execute(
        "SELECT r.type, r.id, r.version != i.version OR r.deleted = 1 FROM disclosure_item i"
        " JOIN resource r ON r.rid = i.rid WHERE i.disclosure = ? ORDER BY i.rid",
        (id_,),
    )
    return [Listed(f"{type_}/{each}", bool(moved)) for type_, each, moved in rows]


def concerned(connection: Connection, id_: str) -> list[int]:
    """The identities whom the listed resources concern."""
    rows = connection.execute(
        "SELECT DISTINCT c.identity FROM disclosure_item i JOIN concern c ON c.rid = i.rid"
        " WHERE i.disclosure = ? ORDER BY c.identity",
        (id_,),
    )
    return [identity for (identity,) in rows]


def agree(connection: Connection, id_: str, by: str, at: int, until: int) -> bool:
    done = connection.execute(
        "UPDATE disclosure SET agreed_by = ?, agreed = ?, until = ?"
        " WHERE id = ? AND agreed IS NULL AND withdrawn IS NULL",
        (by, at, until, id_),
    )
    return done.rowcount == 1


def withdraw(connection: Connection, id_: str, by: str, at: int) -> bool:
    """False where it was fetched, or withdrawn, before."""
    done = connection.execute(
        "UPDATE disclosure SET withdrawn_by = ?, withdrawn = ?"
        " WHERE id = ? AND withdrawn IS NULL AND fetched IS NULL",
        (by, at, id_),
    )
    return done.rowcount == 1


def fetch(connection: Connection, id_: str, at: int) -> bool:
    """INVARIANT: true once."""
    done = connection.execute(
        "UPDATE disclosure SET fetched = ? WHERE id = ? AND fetched IS NULL", (at, id_)
    )
    return done.rowcount == 1


def released_under(id_: str, recipient: str, now: int) -> Sql:
    """True of the rows that two people released to this recipient, not fetched yet, unchanged."""
    return Sql(
        "EXISTS (SELECT 1 FROM disclosure d JOIN disclosure_item l ON l.disclosure = d.id"
        " WHERE d.id = ? AND d.recipient = ? AND l.rid = r.rid AND l.version = r.version"
        " AND d.agreed IS NOT NULL AND d.withdrawn IS NULL AND d.fetched IS NULL AND d.until > ?)",
        (id_, recipient, now),
    )
