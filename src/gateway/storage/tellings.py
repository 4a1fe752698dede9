"""Who was told that what they received is no longer theirs to see, and what they answered.

Times in microseconds since 1970, organisations by their bare ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.storage.conditions import among
from gateway.storage.connection import Connection

NOTICE = "notice"  # the author role of the Tasks that tell
UNTOLD = "untold"  # the status of one that could not be told here
DEALT_WITH = "dealt-with"  # that of one whom an officer told by another way
CALLED_OFF = "cancelled"  # that of one whose ground is gone: what it received is shared again


@dataclass(frozen=True, slots=True)
class Telling:
    """One organisation, told once. `id` is that of its Task, where it has one (`is_told`);
    `times` counts how often it was asked again."""

    id: str
    consent: str
    identity: int
    organization: str
    at: int
    status: str
    due: int | None = None
    confirmed: int | None = None
    times: int = 0
    asked: int | None = None

    @property
    def is_told(self) -> bool:
        return self.status not in (UNTOLD, DEALT_WITH)

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be confirmed."""
        return self.confirmed is None and self.status != CALLED_OFF


@dataclass(frozen=True, slots=True)
class Taken:
    """A version of a Consent that took something away. `before`: the version that it replaced, 0
    where there was none."""

    id: int
    consent: str
    before: int
    identity: int
    at: int


_COLUMNS = "id, consent, identity, organization, at, status, due, confirmed, times, asked"


def add(connection: Connection, new: Telling) -> None:
    connection.execute(
        "INSERT INTO telling (id, consent, identity, organization, at, status, due)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (new.id, new.consent, new.identity, new.organization, new.at, new.status, new.due),
    )


def of(connection: Connection, id_: str) -> Telling | None:
    found = _found(connection, "id = ?", (id_,))
    return found[0] if found else None


def of_person(connection: Connection, identities: Sequence[int]) -> list[Telling]:
    """Everyone who was told about the person's consents, the latest first."""
    listed = among(tuple(identities))
    return _found(connection, f"identity IN {listed.text} ORDER BY at DESC, id", listed.values)


def unconfirmed(connection: Connection, most: int) -> list[Telling]:
    """Those who have not confirmed it, the oldest first."""
    where = "confirmed IS NULL AND status <> ? ORDER BY at, id LIMIT ?"
    return _found(connection, where, (CALLED_OFF, most))


def overdue(connection: Connection, now: int, most: int) -> list[Telling]:
    """Those who have not answered when they should have, the longest overdue first."""
    where = "confirmed IS NULL AND due <= ? ORDER BY due, id LIMIT ?"
    return _found(connection, where, (now, most))


def open_about(connection: Connection, identities: Sequence[int]) -> list[Telling]:
    """Those about this person who have not confirmed it."""
    return [each for each in of_person(connection, identities) if each.is_open]


def told_since(connection: Connection, identities: Sequence[int], at: int) -> frozenset[str]:
    """The organisations that were told about this person then, or later."""
    listed = among(tuple(identities))
    where = f"identity IN {listed.text} AND at >= ?"
    found = _found(connection, where, (*listed.values, at))
    return frozenset(each.organization for each in found)


def answered(
    connection: Connection, id_: str, status: str, due: int | None, confirmed: int | None
) -> None:
    connection.execute(
        "UPDATE telling SET status = ?, due = ?, confirmed = ? WHERE id = ?",
        (status, due, confirmed, id_),
    )


def ask_again(connection: Connection, id_: str, now: int, due: int) -> None:
    connection.execute(
        "UPDATE telling SET times = times + 1, asked = ?, due = ? WHERE id = ?", (now, due, id_)
    )


def take(connection: Connection, consent: str, before: int, identity: int, at: int) -> None:
    """Remember that something was taken away, until it is settled who received it."""
    connection.execute(
        "INSERT INTO taken (consent, version, identity, at) VALUES (?, ?, ?, ?)",
        (consent, before, identity, at),
    )


def unsettled(connection: Connection, until: int, most: int) -> list[Taken]:
    rows = connection.execute(
        "SELECT id, consent, version, identity, at FROM taken"
        " WHERE settled IS NULL AND at <= ? ORDER BY at, id LIMIT ?",
        (until, most),
    )
    return [Taken(*row) for row in rows]


def settle(connection: Connection, id_: int, now: int) -> bool:
    """Whether it was still to be settled."""
    done = connection.execute(
        "UPDATE taken SET settled = ? WHERE id = ? AND settled IS NULL", (now, id_)
    )
    return done.rowcount == 1


def _found(connection: Connection, where: str, values: Sequence[object]) -> list[Telling]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM telling WHERE {where}", tuple(values))
    return [Telling(*row) for row in rows]
