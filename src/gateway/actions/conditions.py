"""Which of its own resources a client means by a condition (R4, conditional interactions)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from gateway.actions import creating
from gateway.actions.asking import Asking
from gateway.actions.writing import Writing
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
