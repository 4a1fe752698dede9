"""Whom rows are about: every identity of every person whom they concern, in one statement."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import Value

_COLUMNS = "m.id, m.patient, m.organization, m.person, m.stamp"


def of_resources(connection: Connection, type_: str, ids: Sequence[str]) -> list[Identity]:
    """Of the persons whom these resources concern, whoever may see them."""
    listed = among(tuple(ids))
    return _identities(
        connection,
        f"SELECT DISTINCT {_COLUMNS} FROM resource r JOIN concern c ON c.rid = r.rid"
        " JOIN identity i ON i.id = c.identity JOIN identity m ON m.person = i.person"
        f" WHERE r.type = ? AND r.id IN {listed.text}",
        (type_, *listed.values),
    )


def of_identities(connection: Connection, identities: Sequence[int]) -> list[Identity]:
    """Of these persons, and of whoever else is concerned by what concerns them and others."""
    listed = among(tuple(identities))
    return _identities(
        connection,
        f"SELECT {_COLUMNS} FROM identity i JOIN identity m ON m.person = i.person"
        f" WHERE i.id IN {listed.text} UNION"
        f" SELECT {_COLUMNS} FROM concern c JOIN concern other ON other.rid = c.rid"
        " JOIN identity i ON i.id = other.identity JOIN identity m ON m.person = i.person"
        f" WHERE c.several = 1 AND c.identity IN {listed.text}",
        (*listed.values, *listed.values),
    )


def _identities(connection: Connection, text: str, values: tuple[Value, ...]) -> list[Identity]:
    """Always in the same order, so that what is worked out from them is found again."""
    return sorted((Identity(*row) for row in connection.execute(text, values)), key=_number)


def _number(identity: Identity) -> int:
    return identity.id
