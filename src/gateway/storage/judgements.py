"""What was judged about a person and one decision: that they may decide it, or cannot.

A decision is which service may see anything of theirs; EVERYTHING stands for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.storage import lasting
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.lasting import Lasting, Table

EVERYTHING = "everything"


class Kind(StrEnum):
    """GILLICK: under sixteen, and able to decide this. LACKS_CAPACITY: not able to, now."""

    GILLICK = "gillick"
    LACKS_CAPACITY = "lacks-capacity"


@dataclass(frozen=True, slots=True)
class Judgement(Lasting):
    """`about` is "Organization/<id>", or EVERYTHING."""

    kind: Kind
    about: str


def of_person(connection: Connection, person: bytes) -> list[Judgement]:
    """Every judgement about the person, whichever Patient of theirs it names, the oldest first."""
    rows = lasting.of_person(connection, Table.JUDGEMENT, ("kind", "about"), person)
    return [Judgement(**row | {"kind": Kind(row["kind"])}) for row in rows]


def standing(
    connection: Connection,
    person: bytes,
    kind: Kind,
    now: datetime,
    identity: int | None = None,
) -> frozenset[str]:
    """About which decisions it stands now; of those recorded with one Patient, where it is said."""
    return frozenset(
        one.about
        for one in of_person(connection, person)
        if one.kind is kind and one.stands_at(now) and identity in (None, one.identity)
    )


def add(connection: Connection, new: Judgement, person: bytes) -> None:
    """From now on it says who may decide this."""
    own = {"kind": new.kind.value, "about": new.about}
    lasting.begin(connection, Table.JUDGEMENT, new, person, own)


def end(connection: Connection, id_: str, now: datetime) -> Identity | None:
    """It stands no more; about whom it was. None where it has ended already, or never was."""
    return lasting.end(connection, Table.JUDGEMENT, id_, now)
