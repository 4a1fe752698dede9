"""Records about one person that count from one moment until another. Nothing is deleted: what is
over has an end.

Each counts only while the Patient it names means the person it was made about. With each that
begins or ends the stamps of that person rise, so that nothing worked out before is taken for what
holds now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.storage import identities
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import placeholders
from gateway.storage.times import microseconds, moment_of


class Table(StrEnum):
    """Where such records are kept."""

    DELEGATE = "delegate"
    JUDGEMENT = "judgement"


@dataclass(frozen=True, slots=True)
class Lasting:
    """`identity` is any Patient of the person; `until` None: until it is ended; `sealed` the
    ground it rests on."""

    id: str
    identity: int
    since: datetime
    until: datetime | None
    sealed: bytes

    def stands_at(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


_COLUMNS = ("id", "identity", "since", "until", "sealed")


def of_person(
    connection: Connection, table: Table, own: tuple[str, ...], person: bytes
) -> list[dict[str, Any]]:
    """What was recorded about the person, whichever Patient of theirs it names, the oldest first:
    each value by its name, `own` being the table's own columns."""
    names = (*_COLUMNS, *own)
    rows = connection.execute(
        f"SELECT {', '.join(f't.{name}' for name in names)} FROM {table} t"
        " JOIN identity i ON i.id = t.identity AND i.person = t.person"
        " WHERE t.person = ? ORDER BY t.since, t.id",
        (person,),
    )
    return [_read(dict(zip(names, row, strict=True))) for row in rows]


def begin(
    connection: Connection, table: Table, new: Lasting, person: bytes, own: dict[str, str]
) -> None:
    """It counts from now on. INVARIANT: only while its Patient means this person."""
    values = {
        "id": new.id,
        "identity": new.identity,
        "person": person,
        "since": microseconds(new.since),
        "until": None if new.until is None else microseconds(new.until),
        "sealed": new.sealed,
        **own,
    }
    connection.execute(
        f"INSERT INTO {table}({', '.join(values)}) VALUES ({placeholders(len(values))})",
        tuple(values.values()),
    )
    identities.raise_stamps(connection, new.identity)


def end(connection: Connection, table: Table, id_: str, now: datetime) -> Identity | None:
    """It counts no more; about whom it was. None where it has ended already, or never was."""
    at = microseconds(now)
    ended = connection.execute(
        f"UPDATE {table} SET until = ? WHERE id = ? AND (until IS NULL OR until > ?)"
        " RETURNING identity",
        (at, id_, at),
    ).fetchone()
    if ended is None:
        return None
    identities.raise_stamps(connection, ended[0])
    return identities.by_id(connection, ended[0])


def _read(row: dict[str, Any]) -> dict[str, Any]:
    until = None if row["until"] is None else moment_of(row["until"])
    sealed = bytes(row["sealed"])
    return row | {"since": moment_of(row["since"]), "until": until, "sealed": sealed}
