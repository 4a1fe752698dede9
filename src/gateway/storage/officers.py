"""Officers as the operator registered them: who they are elsewhere, and what they may decide."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.storage.connection import Connection


@dataclass(frozen=True, slots=True)
class Officer:
    """`name` is what they sign in with; `practitioner` ("system|value") who they are in services;
    `organization` (a bare id) whom they work for; `guardian`: a Caldicott Guardian."""

    name: str
    practitioner: str | None = None
    organization: str | None = None
    guardian: bool = False


_COLUMNS = "name, practitioner, organization, guardian"


def add(connection: Connection, officer: Officer) -> bool:
    """Register an officer; False where the name or the practitioner is taken."""
    added = connection.execute(
        f"INSERT INTO officer ({_COLUMNS}) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (officer.name, officer.practitioner, officer.organization, int(officer.guardian)),
    )
    return added.rowcount == 1


def end(connection: Connection, name: str, at: int) -> bool:
    """They decide nothing any more; False where no such officer serves."""
    ended = connection.execute(
        "UPDATE officer SET ended = ? WHERE name = ? AND ended IS NULL", (at, name)
    )
    return ended.rowcount == 1


def serving(connection: Connection) -> list[Officer]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM officer WHERE ended IS NULL ORDER BY name")
    return [_officer(*row) for row in rows]


def named(connection: Connection, name: str) -> Officer | None:
    """The officer who signs in by this name, where one serves."""
    return _one(connection, "name", name)


def as_practitioner(connection: Connection, practitioner: str) -> Officer | None:
    """The officer who is this practitioner, where one serves."""
    return _one(connection, "practitioner", practitioner)


def has_left(connection: Connection, name: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM officer WHERE name = ? AND ended IS NOT NULL", (name,)
    ).fetchone()
    return row is not None


def _one(connection: Connection, column: str, value: str) -> Officer | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM officer WHERE {column} = ? AND ended IS NULL", (value,)
    ).fetchone()
    return None if row is None else _officer(*row)


def _officer(
    name: str, practitioner: str | None, organization: str | None, guardian: int
) -> Officer:
    return Officer(name, practitioner, organization, bool(guardian))
