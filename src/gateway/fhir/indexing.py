"""What searches find a resource by: the values of its R4 search parameters.

Pure, and driven by data (`search/parameters.json`). Times are whole microseconds since 1970, UTC,
both ends inclusive; a partial date is its whole interval, in Europe/London where no offset is
stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import fhir_profiles
from consent.dates import interval, interval_of
from consent.elements import at, literal

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PREFIXED = re.compile(r"(?P<prefix>[a-z]{2})?(?P<date>[0-9].*)")


@dataclass(frozen=True, slots=True)
class Indexed:
    """The index entries of one resource; each starts with the search parameter's name.

    Tokens are "system|code", "system|value", or the bare code where there is no system; a
    canonical stands with and without its version. References are relative and unversioned.
    """

    tokens: tuple[tuple[str, str], ...] = ()
    dates: tuple[tuple[str, int, int], ...] = ()
    references: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kind: str
    paths: tuple[str, ...]
    target: str


def index(resource: Mapping[str, Any]) -> Indexed:
    """Everything that a search may find the resource by, each entry once."""
    tokens: dict[tuple[str, str], None] = {}
    dates: dict[tuple[str, int, int], None] = {}
    references: dict[tuple[str, str], None] = {}
    for parameter in _parameters(str(resource.get("resourceType", ""))):
        name = parameter.name
        for value in _values(resource, parameter.paths):
            match parameter.kind:
                case "token" | "uri":
                    tokens.update(((name, token), None) for token in _tokens(value))
                case "date":
                    dates.update(((name, *times), None) for times in _times(value))
                case _:
                    found = _targets(value, parameter.target)
                    references.update(((name, one), None) for one in found)
    return Indexed(tuple(tokens), tuple(dates), tuple(references))


def prefixed_date(value: str) -> tuple[str, int, int] | None:
    """Prefix, first and last microsecond of a date in a query; None where it is no such thing.

    R4's meaning, with [low, high] the query's whole interval and [l, h] the resource's:
    eq the resource lies within (low <= l and h <= high), ne not so, gt h > high, lt l < low,
    ge h > high or eq, le l < low or eq, sa l > high, eb h < low. ap widens the interval by a
    tenth of its distance from now, which is the caller's to know. No prefix is eq.
    """
    found = _PREFIXED.fullmatch(value)
    if found is None or (found["prefix"] or "eq") not in PREFIXES:
        return None
    times = interval(found["date"])
    if times is None:
        return None
    return found["prefix"] or "eq", microseconds(times[0]), microseconds(times[1])


def microseconds(moment: datetime) -> int:
    """An aware moment as microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def _values(resource: Mapping[str, Any], paths: tuple[str, ...]) -> Iterator[Any]:
    for path in paths:
        yield from at(resource, path)


def _tokens(value: Any) -> Iterator[str]:
    match value:
        case bool():
            yield "true" if value else "false"
        case str():
            yield value
            if "|" in value:
                yield value.partition("|")[0]
        case {"coding": [*codings]}:
            for coding in codings:
                yield from _tokens(coding)
        case {"code": str(code)} | {"value": str(code)}:
            yield f"{value['system']}|{code}" if "system" in value else code
        case _:
            return


def _times(value: Any) -> Iterator[tuple[int, int]]:
    if times := interval_of(value):
        yield microseconds(times[0]), microseconds(times[1])


def _targets(value: Any, target: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    found = literal(value.get("reference"))
    if found is not None and found.startswith(f"{target}/" if target else ""):
        yield found


@cache
def _parameters(kind: str) -> tuple[_Parameter, ...]:
    rows = fhir_profiles.load("search/parameters.json")["types"].get(kind, {})
    return tuple(
        _Parameter(name, row["type"], tuple(row["paths"]), row.get("target", ""))
        for name, row in rows.items()
    )
