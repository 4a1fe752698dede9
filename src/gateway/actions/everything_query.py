"""What $everything is asked for: which types, of what time, changed since when, from where on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from consent.dates import Interval, interval
from gateway.actions.installation import Limits
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.types import DIRECTORY, PERSONAL
from gateway.storage.times import microseconds

Query = Sequence[tuple[str, str]]
IGNORED = ("_format", "_pretty")
KNOWN = ("start", "end", "_since", "_type", "_count")
# The person first; then what is written about them, each type together. The log has its own door.
TYPES = ("Patient", *sorted(PERSONAL - {"Patient", "AuditEvent"}))
# What a value of Parameters is called, for each parameter that may be sent so.
_VALUES = {
    "start": "valueDate",
    "end": "valueDate",
    "_since": "valueInstant",
    "_type": "valueCode",
    "_count": "valueInteger",
}
_TIMES = ("start", "end", "_since")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Times in microseconds; None asks nothing. `along`: the directory's types may come along."""

    types: tuple[str, ...]
    count: int
    along: frozenset[str]
    start: int | None = None
    end: int | None = None
    since: int | None = None
    cursor: str = ""
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def is_timed(self) -> bool:
        return self.start is not None or self.end is not None


def wanted(query: Query, limits: Limits) -> Wanted | Refused:
    """The query read, or everything that is wrong with it."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in query:
        if name in values:
            problems.append(Problem(Kind.PARAMETER, "must be given once", name))
        elif name in (*KNOWN, "_cursor"):
            values[name] = value
        elif name not in IGNORED:
            text = f"is not asked of $everything; that knows {', '.join(KNOWN)}"
            problems.append(Problem(Kind.UNSUPPORTED, text, name[:64]))
    problems += [
        Problem(Kind.PARAMETER, _RIGHT[name], name)
        for name, value in values.items()
        if name in _READ and _READ[name](value) is None
    ]
    return Refused(tuple(problems)) if problems else _wanted(values, limits)


def _wanted(values: dict[str, str], limits: Limits) -> Wanted:
    named = values["_type"].split(",") if "_type" in values else None
    times = {name: interval(values[name]) for name in _TIMES if name in values}
    return Wanted(
        types=tuple(each for each in TYPES if named is None or each in named),
        count=min(int(values.get("_count", limits.page)), limits.longest_page),
        along=DIRECTORY if named is None else DIRECTORY & frozenset(named),
        start=_moment(times.get("start"), last=False),
        end=_moment(times.get("end"), last=True),
        since=_moment(times.get("_since"), last=False),
        cursor=values.get("_cursor", ""),
        asked=tuple((name, value) for name, value in values.items() if name != "_cursor"),
    )


def sent(parameters: dict[str, Any]) -> list[tuple[str, str]] | Refused:
    """The query that a Parameters resource stands for; or which part of it is none."""
    found: list[tuple[str, str]] = []
    problems: list[Problem] = []
    types: list[str] = []
    for place, name, value in _listed(parameters):
        if value is None:
            words = f"must be {', '.join(KNOWN)}, each with its own type of value"
            problems.append(Problem(Kind.PARAMETER, words, place))
        elif name == "_type":
            types.append(value)
        else:
            found.append((name, value))
    if problems:
        return Refused(tuple(problems))
    return [*found, *([("_type", ",".join(types))] if types else [])]


def _listed(parameters: dict[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    listed = parameters.get("parameter", [])
    for index, each in enumerate(listed if isinstance(listed, list) else [None]):
        name = each.get("name") if isinstance(each, dict) else None
        key = _VALUES.get(name) if isinstance(name, str) else None
        value = each.get(key) if isinstance(each, dict) and key is not None else None
        is_plain = isinstance(value, str | int) and not isinstance(value, bool)
        yield f"Parameters.parameter[{index}]", str(name), str(value) if is_plain else None


def _moment(times: Interval | None, *, last: bool) -> int | None:
    return None if times is None else microseconds(times[1] if last else times[0])


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0
    return int(text) if is_number else None


def _types(text: str) -> bool | None:
    return all(each in TYPES or each in DIRECTORY for each in text.split(",")) or None


_READ: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(_TIMES, interval),
    "_type": _types,
    "_count": _number,
}
_RIGHT = {
    "start": "must be a date such as 2026-05-03",
    "end": "must be a date such as 2026-05-03",
    "_since": "must be an instant such as 2026-05-03T10:00:00Z",
    "_type": "must be types that are served, with commas; the log has an address of its own",
    "_count": "must be a whole number, 1 or more",
}
