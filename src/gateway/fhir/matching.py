"""Whether a resource, as someone sees it, is what one search parameter asks for (R4, 3.1.1.4).

Pure: it looks at the tree that is released and at nothing else, so what is not released is not
found. The database narrows; where its index could know more than the reader, this decides.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from consent.dates import interval_of
from consent.elements import literal
from gateway.fhir.entries import microseconds
from gateway.fhir.folding import beginnings, sounds, words
from gateway.fhir.search_hierarchy import is_above, is_below
from gateway.fhir.search_parameters import Parameter
from gateway.fhir.search_values import (
    Amount,
    Missing,
    Moment,
    Named,
    Near,
    Parts,
    Token,
    Value,
    Words,
)

Json = Mapping[str, Any]
_TEXTS = (
    *("text", "family", "given", "prefix", "suffix"),
    *("line", "city", "district", "state", "postalCode", "country"),
)
_CONTACTS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})  # no namespaces
_ENDLESS = Decimal("Infinity")
_EARTH = 6371.0088  # kilometres: the mean radius
_TENTH = Decimal("0.1")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True, slots=True)
class Test:
    """One parameter with one modifier, and the values of which one has to hold."""

    parameter: Parameter
    modifier: str
    values: tuple[Value, ...]


def holds(test: Test, resource: Json) -> bool:
    """Whether the resource is what the test asks for."""
    found = list(held(test.parameter, resource))
    if test.modifier == "missing":
        return any(isinstance(v, Missing) and v.wanted != bool(found) for v in test.values)
    if test.parameter.kind == "string" or test.modifier == "text":
        return any(isinstance(v, Words) and _says(test, v.text, found) for v in test.values)
    any_holds = any(_holds(test, value, each) for each in found for value in test.values)
    return any_holds != (test.modifier == "not")


def held(parameter: Parameter, resource: Json) -> Iterator[Any]:
    """What the resource holds for the parameter."""
    found = [value for path in parameter.paths for value in _at(resource, path)]
    if parameter.claim:
        yield any(value is not False for value in found)
        return
    for value in found:
        if not parameter.target or _names(value, parameter.target):
            yield value


def literals(parameter: Parameter, resource: Json) -> Iterator[str]:
    """The references ("Type/id", or a canonical URL) that the parameter reads."""
    for value in held(parameter, resource):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict) and (named := literal(value.get("reference"))):
            yield named


def _names(value: Any, target: str) -> bool:
    named = literal(value.get("reference")) if isinstance(value, dict) else None
    return named is not None and named.startswith(f"{target}/")


def _at(node: Any, path: str) -> Iterator[Any]:
    """Every value at a path: steps with dots, "name[key=value]" and "name[0]"."""
    step, _, rest = path.partition(".")
    name, _, chosen = step.partition("[")
    if not name:
        yield node
        return
    for each in node if isinstance(node, list) else (node,):
        if not isinstance(each, dict) or name not in each:
            continue
        value = each[name]
        items = value if isinstance(value, list) else [value]
        for item in _chosen(items, chosen.rstrip("]")):
            if rest:
                yield from _at(item, rest)
            elif item is not None:
                yield item


def _chosen(items: list[Any], chosen: str) -> list[Any]:
    if not chosen:
        return items
    key, equals, wanted = chosen.partition("=")
    if not equals:
        return items[int(key) : int(key) + 1]
    return [item for item in items if isinstance(item, dict) and item.get(key) == wanted]


def _holds(test: Test, value: Value, held: Any) -> bool:
    match value:
        case Token():
            return _token(test.modifier, value, held)
        case Moment():
            times = interval_of(held)
            if times is None:
                return False
            return compared(value, microseconds(times[0]), microseconds(times[1]))
        case Amount():
            return _amount(value, held)
        case Words():
            return _uri(test.modifier, value.text, held)
        case Named():
            return _named(value, held)
        case Near():
            return _nearby(value, held)
        case Parts():
            return _parts(test.parameter, value, held)
        case Missing():
            return False


def compared(asked: Moment, low: int, high: int) -> bool:
    """A date's interval held against the one asked for."""
    within = asked.low <= low and high <= asked.high
    match asked.prefix:
        case "eq":
            return within
        case "ne":
            return not within
        case "gt":
            return high > asked.high
        case "lt":
            return low < asked.low
        case "ge":
            return high > asked.high or within
        case "le":
            return low < asked.low or within
        case "sa":
            return low > asked.high
        case "eb":
            return high < asked.low
        case _:
            return low <= asked.high and high >= asked.low


def codings(held: Any) -> Iterator[tuple[str | None, str | None]]:
    """System (None: not stated) and code of each coding in a token's element."""
    match held:
        case bool():
            yield None, "true" if held else "false"
        case str():
            yield None, held
        case {"coding": [*listed]}:
            for each in listed:
                yield from codings(each)
        case {"code": str(code)} | {"value": str(code)}:
            system = held.get("system")
            yield None if system in _CONTACTS else system, code
        case {"system": str(system)}:
            yield system, None


def _token(modifier: str, asked: Token, held: Any) -> bool:
    match modifier:
        case "of-type":
            return _of_type(asked, held)
        case "above" | "below":
            related = is_above if modifier == "above" else is_below
            return any(related(asked, system, code) for system, code in codings(held))
        case "identifier":
            return _token("", asked, held.get("identifier") if isinstance(held, dict) else None)
    return any(
        (asked.system is None or asked.system == (system or ""))
        and (asked.code is None or asked.code == code)
        for system, code in codings(held)
    )


def _displayed(held: Any) -> Iterator[str]:
    """The words beside a code or a reference."""
    if isinstance(held, dict):
        for name in ("text", "display"):
            if isinstance(held.get(name), str):
                yield held[name]
        for name in ("coding", "type"):
            below = held.get(name)
            for each in below if isinstance(below, list) else (below,):
                yield from _displayed(each)


def _of_type(asked: Token, held: Any) -> bool:
    """An Identifier with the value asked for, and a type that is the coding asked for."""
    if not isinstance(held, dict) or asked.code is None:
        return False
    code, _, value = asked.code.partition("|")
    kinds = codings(held.get("type"))
    return held.get("value") == value and (asked.system or None, code) in kinds


def _says(test: Test, asked: str, found: list[Any]) -> bool:
    """Whether the texts hold each word asked for, or a word that it begins."""
    if test.modifier == "text":
        written = [text for value in found for text in _displayed(value)]
    else:
        written = [text for value in found for text in texts(value)]
    if test.modifier == "exact":
        return asked in written
    if test.parameter.name == "phonetic":
        spoken = {sound for text in written for sound in sounds(text)}
        return bool(heard := set(sounds(asked))) and heard <= spoken
    findable = {word for text in written for word in beginnings(text)}
    return bool(wanted := set(words(asked))) and wanted <= findable


def texts(value: Any) -> Iterator[str]:
    """The texts of a string, a HumanName or an Address."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in _TEXTS:
            held = value.get(part, ())
            for each in held if isinstance(held, list) else (held,):
                if isinstance(each, str):
                    yield each


def _uri(modifier: str, asked: str, held: Any) -> bool:
    if not isinstance(held, str):
        return False
    match modifier:
        case "below":
            return held == asked or held.startswith(f"{asked.rstrip('/')}/")
        case "above":
            return held == asked or asked.startswith(f"{held.rstrip('/')}/")
    return held == asked or ("|" not in asked and held.partition("|")[0] == asked)


def _named(asked: Named, held: Any) -> bool:
    if isinstance(held, str):
        return _uri("", asked.url, held)
    if isinstance(held, dict) and "resourceType" in held:  # what stands first in a Bundle
        return f"{held['resourceType']}/{held.get('id')}" in asked.literals
    if not isinstance(held, dict) or not isinstance(held.get("reference"), str):
        return False
    named = literal(held["reference"])
    return named in asked.literals if named else held["reference"] == asked.url


def _nearby(asked: Near, position: Any) -> bool:
    """Whether a place is within the distance, on a sphere (the haversine formula)."""
    here = (asked.latitude, asked.longitude)
    there = (float(position["latitude"]), float(position["longitude"]))
    north, east = (math.radians(b - a) for a, b in zip(here, there, strict=True))
    across = math.cos(math.radians(here[0])) * math.cos(math.radians(there[0]))
    half = math.sin(north / 2) ** 2 + across * math.sin(east / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(half, 1.0))) <= asked.within


def _parts(parameter: Parameter, asked: Parts, held: Any) -> bool:
    """Whether one place holds every part."""
    return all(
        holds(Test(part, "", (value,)), held)
        for part, value in zip(parameter.components, asked.values, strict=True)
    )


_AGAINST: dict[str, Callable[[Decimal, Decimal], Any]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "sa": operator.gt,
    "lt": operator.lt,
    "le": operator.le,
    "eb": operator.lt,
}


def _amount(asked: Amount, held: Any) -> bool:
    if not _unit_agrees(asked, held):
        return False
    low, high = extent(held)
    if low is None or high is None:
        return False
    match asked.prefix:
        case "eq" | "ne":
            around = _precision(asked.number)
            within = asked.number - around <= low and high < asked.number + around
            return within == (asked.prefix == "eq")
        case "ap":
            around = max(abs(asked.number) * _TENTH, _precision(asked.number))
            return low <= asked.number + around and high >= asked.number - around
        case "gt" | "ge" | "eb":
            return bool(_AGAINST[asked.prefix](high, asked.number))
        case _:
            return bool(_AGAINST[asked.prefix](low, asked.number))


def _precision(number: Decimal) -> Decimal:
    """Half of the last digit that was sent."""
    exponent = number.as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


def _unit_agrees(asked: Amount, held: Any) -> bool:
    if asked.system is None and asked.code is None:
        return True
    if not isinstance(held, dict):
        return False
    places = [held, *(held[n] for n in ("low", "high", "origin") if n in held)]
    return any(
        asked.system in (None, place.get("system"))
        and asked.code
        in (
            (None, place.get("code"))
            if asked.system
            else (None, place.get("code"), place.get("unit"))
        )
        for place in places
    )


def _sampled(origin: Decimal, held: Json) -> tuple[Decimal | None, Decimal | None]:
    """The bounds of SampledData's points; E, U and L are errors and points beyond a limit."""
    factor = Decimal(str(held.get("factor", 1)))
    written = str(held.get("data", "")).split()
    points = [origin + factor * Decimal(each) for each in written if _NUMBER.fullmatch(each)]
    return (min(points), max(points)) if points else (None, None)


def extent(held: Any) -> tuple[Decimal | None, Decimal | None]:
    """The least and the greatest number that a number, Quantity or Range may mean."""
    match held:
        case bool():
            return None, None
        case int() | float() | Decimal():
            return Decimal(str(held)), Decimal(str(held))
        case {"value": value}:
            number = Decimal(str(value))
            comparator = str(held.get("comparator", ""))
            return (
                -_ENDLESS if comparator.startswith("<") else number,
                _ENDLESS if comparator.startswith(">") else number,
            )
        case {"origin": {"value": origin}}:
            return _sampled(Decimal(str(origin)), held)
        case {"low": _} | {"high": _}:
            least, greatest = extent(held.get("low"))[0], extent(held.get("high"))[1]
            return (
                -_ENDLESS if least is None else least,
                _ENDLESS if greatest is None else greatest,
            )
        case _:
            return None, None
