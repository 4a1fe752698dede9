"""Which of its own resources a client means by a condition (R4, conditional interactions)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl

from gateway.actions import creating
from gateway.actions.asking import Asking
from gateway.actions.writing import Writing
from gateway.fhir.indexing import stands_under
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.storage import searching
from gateway.storage.resources import Row
from gateway.storage.searching import Page

Query = Sequence[tuple[str, str]]


def query_of(condition: str) -> list[tuple[str, str]]:
    """The parameters of `Type?a=b` or `a=b`."""
    return parse_qsl(condition.partition("?")[2] or condition, keep_blank_values=True)


def matched(writing: Writing, type_: str, query: Query, place: str) -> Row | Refused | None:
    """The one resource of the requester's organisation that a condition means; None for none.

    More than one is 412. What others wrote is never found, whoever may see it.
    """
    forbidden = creating.may_not_write(writing.requester, type_)
    if forbidden:
        return Refused(tuple(forbidden))
    if not query or any(name.startswith("_") for name, _ in query):
        return refuse(Kind.PARAMETER, "must be a search such as identifier=system|value", place)
    asking = Asking(writing.installation, writing.connection, writing.requester, writing.now)
    criteria = asking.own(type_, query)
    if isinstance(criteria, Refused):
        return criteria
    rows = searching.rows(writing.connection, criteria, writing.own(criteria), Page(None, 2))
    if len(rows) > 1:
        return refuse(Kind.MULTIPLE, "matches more than one resource", place)
    return rows[0] if rows else None


Asked = tuple[str, str]  # a type, and the condition under which one is created


def unmet(writing: Writing, asked: Iterable[Asked]) -> frozenset[Asked]:
    """Those of many conditions on one whole identifier that nothing here meets: one statement for
    each type. What is not among them has to be looked at by itself."""
    by_type: dict[str, dict[str, Asked]] = {}
    for type_, condition in asked:
        identifier = _identifier(condition)
        if identifier and stands_under(type_, "identifier") == ("identifier",):
            kept = writing.installation.resources.digest("token-identifier", identifier)
            by_type.setdefault(type_, {})[kept] = (type_, condition)
    return frozenset(
        one
        for type_, kept in by_type.items()
        if not creating.may_not_write(writing.requester, type_)
        for one in _without(kept, _held(writing, type_, kept))
    )


def _identifier(condition: str) -> str | None:
    """ "system|value" of a condition that says no more than that."""
    query = query_of(condition)
    if len(query) != 1 or query[0][0] != "identifier":
        return None
    system, bar, value = query[0][1].partition("|")
    is_whole = system and bar and value and not set(",|\\$") & set(value)
    return f"{system}|{value}" if is_whole else None


def _held(writing: Writing, type_: str, kept: Iterable[str]) -> set[str]:
    """The identifiers that something of the organisation's has, whatever a search would see."""
    rows = writing.connection.execute(
        "SELECT value FROM token_index WHERE name = 'identifier' AND type = ? AND author = ?"
        " AND value IN (SELECT value FROM json_each(?))",
        (type_, writing.organization, json.dumps(list(kept))),
    )
    return {value for (value,) in rows}


def _without(kept: dict[str, Asked], held: set[str]) -> Iterator[Asked]:
    return (one for digest, one in kept.items() if digest not in held)
