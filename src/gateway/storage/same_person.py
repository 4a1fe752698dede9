"""Two identities that were confirmed to be one person, where number and date do not say so.

Nothing is deleted: what is over has an end. What these records come to is worked out by `settling`,
in the transaction that writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.times import microseconds, moment_of


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One record: `one` and `other` are identities, whose word it was, and the sealed ground."""

    id: str
    one: int
    other: int
    their_word: bool
    since: datetime
    until: datetime | None
    sealed: bytes

    @property
    def both(self) -> frozenset[int]:
        return frozenset((self.one, self.other))


_SELECT = "SELECT id, one, other, their_word, since, until, sealed FROM same_person"


def add(connection: Connection, new: Confirmation) -> None:
    connection.execute(
        "INSERT INTO same_person(id, one, other, their_word, since, sealed) VALUES (?,?,?,?,?,?)",
        (new.id, new.one, new.other, int(new.their_word), microseconds(new.since), new.sealed),
    )


def standing(connection: Connection, id_: str) -> Confirmation | None:
    """The record of this id; None where it has ended, or never was."""
    found = _found(connection, "WHERE id = ? AND until IS NULL", (id_,))
    return found[0] if found else None


def end(connection: Connection, id_: str, now: datetime) -> None:
    connection.execute("UPDATE same_person SET until = ? WHERE id = ?", (microseconds(now), id_))


def about(connection: Connection, identities: Iterable[int]) -> list[Confirmation]:
    """Every record that names one of these identities, the oldest first, ended ones too."""
    listed = among(tuple(identities))
    where = f"WHERE one IN {listed.text} OR other IN {listed.text} ORDER BY since, id"
    return _found(connection, where, (*listed.values, *listed.values))


def everything(connection: Connection) -> list[Confirmation]:
    """Every record, the oldest first."""
    return _found(connection, "ORDER BY since, id", ())


def _found(connection: Connection, where: str, values: tuple[object, ...]) -> list[Confirmation]:
    return [
        Confirmation(
            id_,
            one,
            other,
            bool(word),
            moment_of(since),
            None if until is None else moment_of(until),
            bytes(sealed),
        )
        for id_, one, other, word, since, until, sealed in connection.execute(
            f"{_SELECT} {where}", values
        )
    ]
