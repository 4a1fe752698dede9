"""Every version of a resource: the one that stands, those before it, and deletions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import ALWAYS, Sql, placeholders, sql_and
from gateway.storage.resources import COLUMNS, Row


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it was stored. A deletion keeps the labels of what it ended."""

    row: Row
    ceiling: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """When a version was stored, which of which resource, and under what number inside."""

    updated: int
    id: str
    version: int


_FORMER = """
SELECT r.rid, r.type, r.id, f.version, r.author, r.author_role, f.identity, f.topics, f.level,
 f.pending, f.updated,
 (SELECT c.sealed FROM content c WHERE c.identity = coalesce(f.identity, 0)
  AND c.rid = f.rid AND c.version = f.version),
 (SELECT i.key FROM identity i WHERE i.id = f.identity), f.labelled, f.said,
 f.ceiling, f.deleted
FROM former f JOIN resource r ON r.rid = f.rid WHERE f.rid = ? ORDER BY f.version DESC
"""


def standing(
    connection: Connection, type_: str, ids: Sequence[str], visible: Sql = ALWAYS
) -> list[Version]:
    """The last version of each resource, a deletion too, where it may be seen."""
    wanted = sql_and(
        Sql("r.type = ?", (type_,)), Sql(f"r.id IN ({placeholders(len(ids))})", tuple(ids)), visible
    )
    found = connection.execute(
        f"SELECT {COLUMNS}, r.ceiling, r.deleted FROM resource r WHERE {wanted.text}",
        wanted.values,
    )
    return [_version(values) for values in found]


def about(
    connection: Connection,
    type_: str,
    identities: tuple[int, ...],
    without: str,
    ids: Sequence[str] | None = None,
) -> list[Version]:
    """The last version of each resource of a type that concerns these identities, deletions too,
    but for what one organisation wrote itself."""
    listed = among(identities)
    wanted = sql_and(
        Sql(
            f"r.rid IN (SELECT c.rid FROM concern c WHERE c.identity IN {listed.text}"
            " AND c.type = ?)",
            (*listed.values, type_),
        ),
        Sql("r.author <> ?", (without,)),
    )
    if ids is not None:
        named = among(tuple(ids))
        wanted = sql_and(wanted, Sql(f"r.id IN {named.text}", named.values))
    found = connection.execute(
        f"SELECT {COLUMNS}, r.ceiling, r.deleted FROM resource r WHERE {wanted.text}",
        wanted.values,
    )
    return [_version(values) for values in found]


def former(connection: Connection, rid: int) -> Iterator[Version]:
    """The versions before the last, newest first."""
    return (_version(values) for values in connection.execute(_FORMER, (rid,)).fetchall())


def concerned_by(connection: Connection, type_: str, ids: Sequence[str]) -> frozenset[int]:
    """Every identity that these resources concern, or concerned until they were deleted."""
    found = connection.execute(
        "SELECT DISTINCT c.identity FROM resource r JOIN concern c ON c.rid = r.rid"
        f" WHERE r.type = ? AND r.id IN ({placeholders(len(ids))})",
        (type_, *ids),
    )
    return frozenset(identity for (identity,) in found)


def moments(
    connection: Connection, among: Sql, until: tuple[int, str] | None, count: int
) -> list[Moment]:
    """When these resources were stored, changed and deleted: newest first, from `until`
    (updated, id) on, that one included."""
    reached = Sql("(updated, id) <= (?, ?)", until) if until is not None else ALWAYS
    found = connection.execute(
        "SELECT updated, id, version FROM ("
        f"SELECT r.updated, r.id, r.version FROM resource r WHERE {among.text}"
        " UNION ALL SELECT f.updated, r.id, f.version FROM former f"
        f" JOIN resource r ON r.rid = f.rid WHERE {among.text}) AS stored"
        f" WHERE {reached.text} ORDER BY updated DESC, id DESC, version DESC LIMIT ?",
        (*among.values, *among.values, *reached.values, count),
    )
    return [Moment(*values) for values in found]


def _version(values: tuple[object, ...]) -> Version:
    *row, ceiling, deleted = values
    return Version(Row(*row), bool(ceiling), bool(deleted))  # type: ignore[arg-type] # in order
