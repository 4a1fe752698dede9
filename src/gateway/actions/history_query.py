"""What a history is asked for: since when, at what time, how many, from where on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from consent.dates import interval
from gateway.actions.installation import Limits
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage.times import microseconds

Query = Sequence[tuple[str, str]]
KNOWN = ("_count", "_since", "_at", "_cursor")
_IGNORED = ("_format", "_pretty")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last version that a page showed: all of it is known to whoever read that page."""

    updated: int
    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which versions: times in microseconds, both ends of `at` inclusive; None asks nothing."""

    count: int
    since: int | None = None
    at: tuple[int, int] | None = None
    after: Cursor | None = None
    asked: tuple[tuple[str, str], ...] = ()


def wanted(query: Query, limits: Limits, *, lenient: bool = False) -> Wanted | Refused:
    """The query read, or everything that is wrong with it."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in query:
        if name in values:
            problems.append(Problem(Kind.PARAMETER, "must be given once", name))
        elif name in KNOWN:
            values[name] = value
        elif name not in _IGNORED and not lenient:
            text = f"is not asked of a history; that knows {', '.join(KNOWN[:3])}"
            problems.append(Problem(Kind.UNSUPPORTED, text, name[:64]))
    problems += [
        Problem(Kind.PARAMETER, _RIGHT[name], name)
        for name, value in values.items()
        if _READ[name](value) is None
    ]
    return Refused(tuple(problems)) if problems else _wanted(values, limits)


def _wanted(values: dict[str, str], limits: Limits) -> Wanted:
    count = _number(values.get("_count", ""))
    since = _time(values.get("_since", ""))
    return Wanted(
        limits.page if count is None else min(count, limits.longest_page),
        None if since is None else since[0],
        _time(values.get("_at", "")),
        _cursor(values.get("_cursor", "")),
        tuple((name, value) for name, value in values.items() if name != "_cursor"),
    )


def text_of(cursor: Cursor) -> str:
    """A cursor as it stands in a page link."""
    text = f"{cursor.updated}|{cursor.id}|{cursor.version}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(text: str) -> Cursor | None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        updated, id_, version = raw.split("|")
        return Cursor(int(updated), id_, version) if len(updated) < len(str(2**63)) else None
    except (ValueError, binascii.Error):
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _time(text: str) -> tuple[int, int] | None:
    times = interval(text)
    return None if times is None else (microseconds(times[0]), microseconds(times[1]))


_READ: dict[str, Callable[[str], object]] = {
    "_count": _number,
    "_since": _time,
    "_at": _time,
    "_cursor": _cursor,
}
_RIGHT = {
    "_count": "must be a whole number, 0 or more",
    "_since": "must be an instant such as 2026-05-03T10:00:00Z",
    "_at": "must be a date or a time such as 2026-05-03",
    "_cursor": "must be a cursor of a page link",
}
