"""The index entries of one element's value, by its R4 datatype."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consent.dates import interval_of
from consent.elements import literal
from gateway.fhir.dates import microseconds
from gateway.fhir.folding import beginnings, sounds

EXACT = ":exact"  # the whole string as it was written
BELOW = ":below"  # each address that a uri lies below
IDENTIFIER = ":identifier"  # a logical reference

_PARTS = {
    "HumanName": ("text", "family", "given", "prefix", "suffix"),
    "Address": ("text", "line", "city", "district", "state", "postalCode", "country"),
}


@dataclass(slots=True)
class Found:
    """What has been found so far, in the order of the resource."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    dates: list[tuple[str, int, int]] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)


Read = Callable[[Found, Any], None]


def times_of(value: Any) -> tuple[int, int] | None:
    """First and last microsecond of a date, Period or Timing; None where it names no date."""
    if isinstance(value, str) and value[19:20] in ("Z", "+", "-"):  # to the second, as most are
        try:
            first = microseconds(datetime.fromisoformat(value))
        except ValueError:  # a leap second
            pass
        else:
            return first, first + 999_999
    times = interval_of(value)
    return None if times is None else (microseconds(times[0]), microseconds(times[1]))


def forms(system: str | None, code: str) -> tuple[str, ...]:
    """A code as it may be asked for."""
    if system is None:
        return code, f"|{code}"
    return f"{system}|{code}", code, f"{system}|"


def addresses_above(address: str) -> list[str]:
    """The address itself and each one that it lies below, by whole steps."""
    found = [address]
    root = address.find("://") + 3
    while (cut := address.rfind("/", root)) > 0 and root > 2:
        address = address[:cut]
        found.append(address)
    return found


def strings_of(value: Any, datatype: str) -> list[str]:
    """The strings of an element: itself, or those of its parts."""
    if isinstance(value, str):
        return [value]
    found: list[Any] = []
    for part in _PARTS.get(datatype, ()):
        held = value.get(part)
        found += held if isinstance(held, list) else [held]
    return [text for text in found if isinstance(text, str)]


def reader(how: str, datatype: str, names: tuple[str, ...], target: str) -> Read:
    """What adds the entries of one element's value for parameters that read it alike."""
    match how, datatype:
        case "token", "CodeableConcept":
            return _concept(names)
        case "token", "Coding" | "Identifier" | "ContactPoint":
            return _coded(names, "code" if datatype == "Coding" else "value", datatype)
        case "token", _:
            return _plain(names)
        case "date", _:
            return _dated(names)
        case "reference", "Reference":
            return _reference(names, target)
        case "reference", "Resource":
            return _itself(names)
        case "reference", _:
            return _canonical(names)
        case "uri", _:
            return _address(names)
        case "phonetic", _:
            return _words(names, datatype, sounds)
        case _:
            return _words(names, datatype, beginnings)


def _concept(names: tuple[str, ...]) -> Read:
    read = _coded(names, "code", "Coding")

    def reading(found: Found, value: Any) -> None:
        for coding in value.get("coding", ()):
            read(found, coding)

    return reading


def _coded(names: tuple[str, ...], element: str, datatype: str) -> Read:
    """A ContactPoint's system is the kind of address, and no namespace."""
    has_system = datatype != "ContactPoint"

    def reading(found: Found, value: Any) -> None:
        code = value.get(element)
        if code is not None:
            for form in forms(value.get("system") if has_system else None, code):
                for name in names:
                    found.tokens.append((name, form))

    return reading


def _plain(names: tuple[str, ...]) -> Read:
    def reading(found: Found, value: Any) -> None:
        text = value if isinstance(value, str) else "true" if value else "false"
        for name in names:
            found.tokens.append((name, text))

    return reading


def _dated(names: tuple[str, ...]) -> Read:
    def reading(found: Found, value: Any) -> None:
        if times := times_of(value):
            found.dates += [(name, *times) for name in names]

    return reading


def _reference(names: tuple[str, ...], target: str) -> Read:
    start = f"{target}/" if target else ""
    by_identifier = tuple(name + IDENTIFIER for name in names)

    def reading(found: Found, value: Any) -> None:
        reference = value.get("reference")
        if reference is not None:
            local = literal(reference)
            if local is None and reference[:1] not in ("", "#") and not target:
                found.tokens += [(name, reference) for name in names]
            elif local is not None and local.startswith(start):
                found.references += [(name, local) for name in names]
        identifier = value.get("identifier")
        if identifier and "value" in identifier and (not target or value.get("type") == target):
            kept = forms(identifier.get("system"), identifier["value"])[:2]
            found.tokens += [(name, form) for name in by_identifier for form in kept]

    return reading


def _itself(names: tuple[str, ...]) -> Read:
    """A resource within a Bundle, as what would refer to it."""

    def reading(found: Found, value: Any) -> None:
        if "id" in value:
            whole = f"{value['resourceType']}/{value['id']}"
            found.references += [(name, whole) for name in names]

    return reading


def _canonical(names: tuple[str, ...]) -> Read:
    """With its version, and without."""

    def reading(found: Found, value: Any) -> None:
        kept = {value, value.partition("|")[0]}
        found.tokens += [(name, one) for name in names for one in sorted(kept)]

    return reading


def _address(names: tuple[str, ...]) -> Read:
    canonical = _canonical(names)
    below = tuple(name + BELOW for name in names)

    def reading(found: Found, value: Any) -> None:
        canonical(found, value)
        above = addresses_above(value.partition("|")[0])
        found.tokens += [(name, one) for name in below for one in above]

    return reading


def _words(names: tuple[str, ...], datatype: str, spoken: Callable[[str], Iterable[str]]) -> Read:
    def reading(found: Found, value: Any) -> None:
        for text in strings_of(value, datatype):
            entries = list(dict.fromkeys(spoken(text)))
            for name in names:
                found.tokens.append((name + EXACT, text))
                found.tokens += [(name, entry) for entry in entries]

    return reading
