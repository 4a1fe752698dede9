"""The search itself: what is asked for AND what may be seen, answered by one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import ALWAYS, Sql, placeholders, sql_and, sql_not
from gateway.storage.resources import COLUMNS, Row


@dataclass(frozen=True, slots=True)
class Criteria:
    """What rows are asked for.

    `identities`: the subject is one of these; `ids`: it is one of these; `tokens`: name and the
    alternatives as they are kept; `dates`: name, prefix and the interval meant; `author`: written
    by this organisation. None asks nothing.
    """

    type: str
    identities: tuple[int, ...] | None = None
    ids: tuple[str, ...] | None = None
    tokens: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dates: tuple[tuple[str, str, int, int], ...] = ()
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page starts (after this updated, id) and how many rows it holds."""

    after: tuple[int, str] | None
    count: int


def rows(connection: Connection, criteria: Criteria, visible: Sql, page: Page) -> list[Row]:
    """At most `page.count` rows that are asked for and visible, oldest change first."""
    wanted = sql_and(_asked(criteria), visible, _after(page.after))
    found = connection.execute(
        f"SELECT {COLUMNS} {_source(criteria)} WHERE {wanted.text}"
        " ORDER BY r.updated, r.id LIMIT ?",
        (*wanted.values, page.count),
    )
    return [_row(values) for values in found]


def count(connection: Connection, criteria: Criteria, visible: Sql) -> int:
    """How many rows are asked for and visible."""
    wanted = sql_and(_asked(criteria), visible)
    found = connection.execute(
        f"SELECT count(*) {_source(criteria)} WHERE {wanted.text}", wanted.values
    )
    return int(found.fetchone()[0])


def identities_concerned(
    connection: Connection, criteria: Criteria, among: Sql = ALWAYS
) -> frozenset[int]:
    """Every identity that a row asked for concerns, visible or not: whose consents to read.

    `among` narrows a search that names no person to rows which may be visible at all.
    """
    if criteria.identities is not None:
        marks = placeholders(len(criteria.identities))
        found = connection.execute(
            "SELECT DISTINCT other.identity FROM concern c JOIN concern other ON other.rid = c.rid"
            f" WHERE c.several = 1 AND c.identity IN ({marks})",
            criteria.identities,
        )
        return frozenset(criteria.identities) | {row[0] for row in found}
    asked = sql_and(_asked(criteria), among)
    found = connection.execute(
        f"SELECT DISTINCT other.identity {_source(criteria)}"
        f" JOIN concern other ON other.rid = r.rid WHERE {asked.text}",
        asked.values,
    )
    return frozenset(row[0] for row in found)


def persons_concerned(connection: Connection, rows: Sequence[Row]) -> frozenset[bytes]:
    """Everyone whom these rows are about."""
    found = connection.execute(
        "SELECT DISTINCT i.person FROM concern c JOIN identity i ON i.id = c.identity"
        f" WHERE c.rid IN ({placeholders(len(rows))})",
        tuple(row.rid for row in rows),
    )
    return frozenset(person for (person,) in found)


def failing(
    connection: Connection, type_: str, identities: tuple[int, ...], passes: Sql
) -> list[int]:
    """The rows of a type that concern one of these identities and do not pass."""
    wanted = sql_and(
        Sql(f"one.identity IN ({placeholders(len(identities))})", identities),
        Sql("one.type = ?", (type_,)),
        sql_not(passes),
    )
    found = connection.execute(
        f"SELECT r.rid FROM concern one JOIN resource r ON r.rid = one.rid WHERE {wanted.text}",
        wanted.values,
    )
    return [row[0] for row in found]


def current(connection: Connection, type_: str, id_: str) -> Row | None:
    """The row of a resource, whoever may see it. For the gate's own use and the author's."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM resource r WHERE r.type = ? AND r.id = ? AND r.deleted = 0",
        (type_, id_),
    ).fetchone()
    return None if found is None else _row(found)


def _row(values: tuple[object, ...]) -> Row:
    return Row(*values)  # type: ignore[arg-type] # the columns are Row's, in order


def _source(criteria: Criteria) -> str:
    if criteria.identities is None:
        return "FROM resource r"
    return "FROM concern c JOIN resource r ON r.rid = c.rid"


def _asked(criteria: Criteria) -> Sql:
    parts = [Sql("r.type = ?", (criteria.type,)), Sql("r.deleted = 0")]
    if criteria.identities is not None:
        marks = placeholders(len(criteria.identities))
        parts.append(
            Sql(
                f"(c.identity IN ({marks}) AND c.type = ? AND c.element = 'patient')",
                (*criteria.identities, criteria.type),
            )
        )
    if criteria.ids is not None:
        parts.append(Sql(f"r.id IN ({placeholders(len(criteria.ids))})", criteria.ids))
    if criteria.author is not None:
        parts.append(Sql("r.author = ?", (criteria.author,)))
    parts += [_token(criteria.type, name, values) for name, values in criteria.tokens]
    parts += [_date(*date) for date in criteria.dates]
    return sql_and(*parts)


def _token(type_: str, name: str, values: tuple[str, ...]) -> Sql:
    return Sql(
        "r.rid IN (SELECT rid FROM token_index WHERE name = ? AND type = ?"
        f" AND value IN ({placeholders(len(values))}))",
        (name, type_, *values),
    )


_DATE_TESTS = {
    "eq": "d.low >= {low} AND d.high <= {high}",
    "ne": "NOT (d.low >= {low} AND d.high <= {high})",
    "gt": "d.high > {high}",
    "lt": "d.low < {low}",
    "ge": "(d.high > {high} OR (d.low >= {low} AND d.high <= {high}))",
    "le": "(d.low < {low} OR (d.low >= {low} AND d.high <= {high}))",
    "sa": "d.low > {high}",
    "eb": "d.high < {low}",
}


def _date(name: str, prefix: str, low: int, high: int) -> Sql:
    test = _DATE_TESTS[prefix].format(low=low, high=high)  # whole numbers that we computed
    return Sql(
        f"EXISTS (SELECT 1 FROM date_index d WHERE d.rid = r.rid AND d.name = ? AND {test})",
        (name,),
    )


def _after(after: tuple[int, str] | None) -> Sql:
    return ALWAYS if after is None else Sql("(r.updated, r.id) > (?, ?)", after)
