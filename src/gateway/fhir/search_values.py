"""The values of a query, read as R4 writes them: alternatives, escapes, prefixes, bars.

Pure. A value that is no such thing is None; what would be right is in `FORMS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.fhir.dates import microseconds
from gateway.fhir.indexing import PREFIXES, prefixed_date

FORMS = {
    "token": "must be a code, system|code, |code or system|",
    "date": "must be a date such as ge2026-05-01, with prefix eq ne gt lt ge le sa eb or ap",
    "number": "must be a number such as ge5, with prefix eq ne gt lt ge le sa eb or ap",
    "quantity": "must be number, number|system|code or number||code, with a prefix or none",
    "string": "must have a word",
    "uri": "must be a URI",
    "reference": "must be an id, Type/id or an absolute URL",
    "composite": "must be the values of its parts with $ between them",
    "special": "must be latitude|longitude, or latitude|longitude|distance|km, m or [mi_us]",
}
_ESCAPED = re.compile(r"\\([\\,$|])")
_NUMBER = re.compile(
    r"(?P<prefix>[a-z]{2})?"
    r"(?P<number>[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?)"
)
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,30})?")
_DISTANCE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,30})?")
_FIRST, _LAST = -(2**63) + 1, 2**63 - 1  # what a column of whole numbers holds


@dataclass(frozen=True, slots=True)
class Token:
    """`system` None: any, "": none at all. `code` None: any of the system."""

    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A prefix and the interval meant, in microseconds since 1970, both ends inclusive."""

    prefix: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A prefix, a number with the digits that were sent, and the unit meant, if any."""

    prefix: str
    number: Decimal
    system: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text as it was sent, without escapes."""

    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """A reference: every literal that the value may mean, or a URL of elsewhere."""

    literals: frozenset[str]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """The value of :missing."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Near:
    """A place in degrees (WGS84), and how far from it in kilometres."""

    latitude: float
    longitude: float
    within: float


@dataclass(frozen=True, slots=True)
class Parts:
    """The values of a composite, in order."""

    values: tuple[Value, ...]


Value = Token | Moment | Amount | Words | Named | Missing | Near | Parts


def split(text: str, mark: str) -> list[str]:
    """The parts between marks that no backslash escapes; escapes stay as they are."""
    if "\\" not in text:
        return text.split(mark)
    parts = [""]
    at = 0
    while at < len(text):
        step = 2 if text[at] == "\\" else 1
        if text[at] == mark:
            parts.append("")
        else:
            parts[-1] += text[at : at + step]
        at += step
    return parts


def plain(text: str) -> str:
    """The text without the backslashes that escape."""
    return _ESCAPED.sub(r"\1", text)


def token(text: str) -> Token | None:
    parts = [plain(part) for part in split(text, "|")]
    match parts:
        case [code] if code:
            return Token(None, code)
        case [system, code] if system or code:
            return Token(system, code or None)
        case _:
            return None


def moment(text: str, now: datetime) -> Moment | None:
    """A date with its prefix; "ap" is widened by a tenth of its distance from now."""
    read = prefixed_date(text)
    if read is None:
        return None
    prefix, low, high = read
    if prefix != "ap":
        return Moment(prefix, low, high)
    here = microseconds(now)
    away = max(here - high, low - here, 0) // 10
    return Moment(prefix, max(low - away, _FIRST), min(high + away, _LAST))


def amount(text: str, *, units: bool) -> Amount | None:
    """A number, or where `units` a quantity."""
    parts = [plain(part) for part in split(text, "|")]
    found = _NUMBER.fullmatch(parts[0])
    if found is None or (found["prefix"] or "eq") not in PREFIXES:
        return None
    prefix, number = found["prefix"] or "eq", Decimal(found["number"])
    match parts[1:]:
        case []:
            return Amount(prefix, number)
        case [system, code] if units and (code or system):
            return Amount(prefix, number, system or None, code or None)
        case _:
            return None


NEARBY = 50.0  # kilometres, where a query does not say
_KILOMETRES = {"km": 1.0, "m": 0.001, "[mi_us]": 1.609347}


def near(text: str) -> Near | None:
    """latitude|longitude|distance|units; kilometres where no unit is given."""
    given = [plain(part) for part in split(text, "|")]
    parts = [*given, *[""] * (4 - len(given))]
    if len(parts) != 4 or not all(_DEGREES.fullmatch(each) for each in parts[:2]):
        return None
    latitude, longitude = float(parts[0]), float(parts[1])
    factor = _KILOMETRES.get(parts[3] or "km")
    if abs(latitude) > 90 or abs(longitude) > 180 or factor is None:
        return None
    if not parts[2]:
        return Near(latitude, longitude, NEARBY)
    if not _DISTANCE.fullmatch(parts[2]):
        return None
    return Near(latitude, longitude, float(parts[2]) * factor)
