"""Whether a number, a quantity, a range or a place is what a search asks for (R4, 3.1.1.5.6)."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from gateway.fhir.search_values import Amount, Near

_ENDLESS = Decimal("Infinity")
_EARTH = 6371.0088  # kilometres: the mean radius
_TENTH = Decimal("0.1")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def is_near(asked: Near, position: Any) -> bool:
    """Whether a place is within the distance, on a sphere (the haversine formula)."""
    here = (asked.latitude, asked.longitude)
    there = (float(position["latitude"]), float(position["longitude"]))
    north, east = (math.radians(b - a) for a, b in zip(here, there, strict=True))
    across = math.cos(math.radians(here[0])) * math.cos(math.radians(there[0]))
    half = math.sin(north / 2) ** 2 + across * math.sin(east / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(half, 1.0))) <= asked.within


_AGAINST: dict[str, Callable[[Decimal, Decimal], Any]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "sa": operator.gt,
    "lt": operator.lt,
    "le": operator.le,
    "eb": operator.lt,
}


def is_amount(asked: Amount, held: Any) -> bool:
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


def _sampled(origin: Decimal, held: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
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
