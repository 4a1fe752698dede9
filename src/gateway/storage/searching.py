"""The search itself: what is asked for AND what may be seen, answered by one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.storage.conditions import AllOf, Condition, among, condition_sql, leading
from gateway.storage.connection import Connection, Cursor
from gateway.storage.predicate_sql import ALWAYS, Sql, Value, sql_and, sql_not, sql_or
from gateway.storage.resources import COLUMNS, Row


@dataclass(frozen=True, slots=True)
class Criteria:
    """What rows are asked for.

    `identities`: the subject is one of these, or `anywhere` some element names one of them; `ids`:
    it is one of these; `conditions`: each holds; `author`: written by this organisation. None asks
    nothing.
    """

    type: str
    identities: tuple[int, ...] | None = None
    ids: tuple[str, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    author: str | None = None
    anywhere: bool = False


Place = tuple[str | int | None, ...]  # a value for each key of an order, and the id


@dataclass(frozen=True, slots=True)
class Page:
    """After which place a page starts, and how many rows it holds."""

    after: Place | None
    count: int


@dataclass(frozen=True, slots=True)
class Key:
    """One expression that rows are ordered by; those without a value come last."""

    text: str
    values: tuple[Value, ...] = ()
    descending: bool = False


Order = tuple[Key, ...]
BY_CHANGE: Order = (Key("r.updated"),)
# INVARIANT: as they came; unlike the last change, this moves with nothing that may be hidden.
AS_STORED: Order = (Key("r.rid"),)
ALL = -1
LATEST = 2**63 - 1


def by_date(name: str, *, descending: bool = False) -> Key:
    """By the dates kept under a name: the earliest of a row, descending the latest."""
    if descending:
        text = f"coalesce((SELECT max(s.high) FROM date_index s{_OF_ROW}), {-LATEST})"
    else:
        text = f"coalesce((SELECT min(s.low) FROM date_index s{_OF_ROW}), {LATEST})"
    return Key(text, (name,), descending)


_OF_ROW = " WHERE s.rid = r.rid AND s.name = ?"


def rows(connection: Connection, criteria: Criteria, visible: Sql, page: Page) -> list[Row]:
    """At most `page.count` rows that are asked for and visible, oldest change first."""
    return [row for row, _ in ranked(connection, criteria, visible, page)]


def ranked(
    connection: Connection,
    criteria: Criteria,
    visible: Sql,
    page: Page,
    order: Order = BY_CHANGE,
) -> list[tuple[Row, Place]]:
    """The same in any order, each row with what a page after it starts from."""
    as_stored = order is AS_STORED  # whose key is in the row already
    selected = "" if as_stored else "".join(f", {key.text}" for key in order)
    by = "r.rid" if as_stored else f"{_places(order)}, r.id"
    wanted = sql_and(_asked(criteria), visible, _after(order, page.after))
    limit = "" if page.count == ALL else " LIMIT ?"
    found = connection.execute(
        f"SELECT {COLUMNS}{selected} FROM resource r WHERE {wanted.text} ORDER BY {by}{limit}",
        (
            *(value for key in order for value in key.values),
            *wanted.values,
            *((page.count,) if limit else ()),
        ),
    )
    if as_stored:
        return [(row, (row.rid, row.id)) for row in map(Row._make, found)]
    read = [(Row._make(values[:_COLUMNS]), tuple(values[_COLUMNS:])) for values in found]
    return [(row, (*keys, row.id)) for row, keys in read]


def count(connection: Connection, criteria: Criteria, visible: Sql) -> int:
    """How many rows are asked for and visible."""
    return int(_found(connection, "count(*)", criteria, visible).fetchone()[0])


def ids(connection: Connection, criteria: Criteria, visible: Sql) -> list[str]:
    """The ids of the rows that are asked for and visible, without their content."""
    return [row[0] for row in _found(connection, "r.id", criteria, visible)]


def exists(connection: Connection, criteria: Criteria, visible: Sql) -> bool:
    """Whether any row is asked for and visible."""
    return _found(connection, "1", criteria, visible, " LIMIT 1").fetchone() is not None


def types_referring(connection: Connection, references: tuple[str, ...]) -> frozenset[str]:
    """The types of the resources that refer to one of these."""
    listed = among(references)
    found = connection.execute(
        "SELECT DISTINCT r.type FROM fact f JOIN resource r ON r.rid = f.rid"
        f" WHERE f.kind = 'reference' AND f.value IN {listed.text} AND r.deleted = 0",
        listed.values,
    )
    return frozenset(row[0] for row in found)


def identities_concerned(
    connection: Connection, criteria: Criteria, within: Sql = ALWAYS
) -> frozenset[int]:
    """Every identity that a row asked for concerns, of those rows which may be visible at all
    (`within`): whose consents to read, where a search names no person."""
    asked = sql_and(_asked(criteria), within)
    found = connection.execute(
        "SELECT DISTINCT other.identity FROM resource r"
        f" JOIN concern other ON other.rid = r.rid WHERE {asked.text}",
        asked.values,
    )
    return frozenset(row[0] for row in found)


def named_about(connection: Connection, identities: Sequence[int]) -> list[tuple[str, str, bool]]:
    """The type and id of all that concerns one of these identities, whoever may see it; and
    whether one of them is its subject."""
    listed = among(tuple(identities))
    found = connection.execute(
        "SELECT r.type, r.id, max(CASE WHEN c.element = 'patient' THEN 1 ELSE 0 END)"
        " FROM concern c JOIN resource r ON r.rid = c.rid"
        f" WHERE c.identity IN {listed.text} AND r.deleted = 0"
        " GROUP BY r.type, r.id ORDER BY r.type, r.id",
        listed.values,
    )
    return [(type_, id_, bool(is_subject)) for type_, id_, is_subject in found]


def persons_concerned(connection: Connection, rows: Sequence[Row]) -> frozenset[bytes]:
    """Everyone whom these rows are about."""
    listed = among(tuple(row.rid for row in rows))
    found = connection.execute(
        "SELECT DISTINCT i.person FROM concern c JOIN identity i ON i.id = c.identity"
        f" WHERE c.rid IN {listed.text}",
        listed.values,
    )
    return frozenset(person for (person,) in found)


def failing(
    connection: Connection, type_: str, identities: tuple[int, ...], passes: Sql
) -> list[int]:
    """The rows of a type that concern one of these identities and do not pass."""
    listed = among(identities)
    wanted = sql_and(
        Sql(f"one.identity IN {listed.text}", listed.values),
        Sql("one.type = ?", (type_,)),
        sql_not(passes),
    )
    found = connection.execute(
        f"SELECT r.rid FROM concern one JOIN resource r ON r.rid = one.rid WHERE {wanted.text}",
        wanted.values,
    )
    return [row[0] for row in found]


def stored_place(connection: Connection, type_: str, id_: str) -> Place | None:
    """The place of a resource among those of its type as they were stored, a deleted one's too."""
    found = connection.execute(
        "SELECT r.rid, r.id FROM resource r WHERE r.type = ? AND r.id = ?", (type_, id_)
    ).fetchone()
    return None if found is None else tuple(found)


def current(connection: Connection, type_: str, id_: str, visible: Sql = ALWAYS) -> Row | None:
    """The row of a resource that is visible; without that, whoever may see it, which is for the
    gate's own use and the author's."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM resource r WHERE r.type = ? AND r.id = ? AND r.deleted = 0"
        f" AND {visible.text}",
        (type_, id_, *visible.values),
    ).fetchone()
    return None if found is None else Row._make(found)


_COLUMNS = len(Row._fields)


def _found(
    connection: Connection, what: str, criteria: Criteria, visible: Sql, limit: str = ""
) -> Cursor:
    wanted = sql_and(_asked(criteria), visible)
    text = f"SELECT {what} FROM resource r WHERE {wanted.text}{limit}"
    return connection.execute(text, wanted.values)


def leads(criteria: Criteria) -> bool:
    """Whether the criteria lead to few rows of the type."""
    return criteria.ids is not None or _leading(criteria) is not None


def _leading(criteria: Criteria) -> Sql | None:
    if criteria.identities is not None:
        listed = among(criteria.identities)
        as_subject = "" if criteria.anywhere else " AND c.element = 'patient'"
        return Sql(
            f"SELECT c.rid FROM concern c WHERE c.identity IN {listed.text}"
            f" AND c.type = ?{as_subject}",
            (*listed.values, criteria.type),
        )
    if criteria.ids is not None:
        return None
    return leading(AllOf(criteria.conditions), criteria.type)


def _asked(criteria: Criteria) -> Sql:
    """INVARIANT: what leads to the rows says their type; `r.type` beside it would lead SQLite to
    all rows of the type instead."""
    led = _leading(criteria)
    first = Sql("r.type = ?", (criteria.type,))
    if led is not None:
        first = Sql(f"r.rid IN ({led.text})", led.values)
    parts = [first, Sql("r.deleted = 0")]
    if criteria.ids is not None:
        listed = among(criteria.ids)
        parts.append(Sql(f"r.id IN {listed.text}", listed.values))
    if criteria.author is not None:
        parts.append(Sql("r.author = ?", (criteria.author,)))
    parts += [condition_sql(one) for one in criteria.conditions]
    return sql_and(*parts)


def _places(order: Order) -> str:
    """The keys by the places of their columns, each up or down."""
    return ", ".join(
        f"{place} DESC" if key.descending else str(place)
        for place, key in enumerate(order, _COLUMNS + 1)
    )


def _after(order: Order, after: Place | None) -> Sql:
    """Whatever comes after the keys, key by key."""
    if after is None:
        return ALWAYS
    if order is AS_STORED:
        return Sql("r.rid > ?", after[:1])
    keys = (*order, Key("r.id"))
    steps = []
    for place, (key, value) in enumerate(zip(keys, after, strict=True)):
        equal = [
            Sql(f"{one.text} = ?", (*one.values, same))
            for one, same in zip(keys[:place], after, strict=False)
        ]
        sign = "<" if key.descending else ">"
        steps.append(sql_and(*equal, Sql(f"{key.text} {sign} ?", (*key.values, value))))
    return sql_or(*steps)
