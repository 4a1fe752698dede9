"""What is asked, out of its JSON: one reading for the command and for the operation.

A fault's expression is the place as the caller names it; its diagnostics say what would be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent import codes
from consent.dates import interval
from consent.elements import literal
from consent.reading import read
from consent.request import Request
from consent.rules import Fault

MEMBERS: Mapping[str, type] = {
    "recipient": str,
    "practitioner": str,
    "role": str,
    "purpose": str,
    "action": str,
    "at": str,
    "emergency": bool,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the moment for which it asks."""

    request: Request
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A resource and the place where it stands, such as "Bundle.entry[2].resource"."""

    place: str
    resource: Mapping[str, Any]


def request_of(stated: Mapping[str, Any], now: datetime) -> Asked | tuple[Fault, ...]:
    """The request that the members state, at `now` unless they say when; or all that is wrong.

    {"recipient": "Organization/a", "practitioner": "Practitioner/b", "role": "R0260",
    "purpose": "TREAT", "action": "access", "at": "2026-01-01T12:00:00Z", "emergency": false}:
    only the recipient is required. A fault's expression is the member's name.
    """
    faults = (*_misshapen(stated), *_meaningless(stated))
    if faults:
        return faults
    practitioner, role = stated.get("practitioner"), stated.get("role")
    at = stated.get("at")
    moment = interval(at) if at is not None else None
    request = Request(
        recipient=stated["recipient"],
        practitioner=frozenset({practitioner} if practitioner else ()),
        roles=frozenset({role} if role else ()),
        purpose=stated.get("purpose"),
        action=stated.get("action") or "access",
        emergency=bool(stated.get("emergency")),
    )
    return Asked(request, now if moment is None else moment[0])


def _misshapen(stated: Mapping[str, Any]) -> Iterator[Fault]:
    for name, value in stated.items():
        if name not in MEMBERS:
            yield Fault(name, f"is unknown; use {', '.join(MEMBERS)}")
        elif value is not None and type(value) is not MEMBERS[name]:
            yield Fault(name, "must be true or false" if MEMBERS[name] is bool else _TEXT)


def _meaningless(stated: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the texts; what is no text is misshapen already."""
    said = {name: value for name, value in stated.items() if isinstance(value, str)}
    party = "must be a reference Type/id, or system|value"
    if _is_misnamed("recipient", said) or stated.get("recipient") is None:
        yield Fault("recipient", party)
    if _is_misnamed("practitioner", said):
        yield Fault("practitioner", party)
    if "purpose" in said and not codes.is_purpose(said["purpose"]):
        yield Fault("purpose", "must be a code of v3-ActReason, such as TREAT")
    if said.get("action") and said["action"] not in codes.listed("action"):
        yield Fault("action", f"must be one of {', '.join(sorted(codes.listed('action')))}")
    if "at" in said and interval(said["at"]) is None:
        yield Fault("at", 'must say when, such as "2026-01-01T12:00:00Z"')


_TEXT = "must be a string"


def _is_misnamed(name: str, said: Mapping[str, str]) -> bool:
    """Whether a party is named in words that name none."""
    text = said.get(name)
    return text is not None and literal(text) != text and "|" not in text.strip("|")


def unbundled(whole: Mapping[str, Any], place: str) -> Iterator[Held | Fault]:
    """The resource itself, or every resource of a Bundle, Bundles in Bundles too."""
    if not isinstance(whole.get("resourceType"), str):
        yield Fault(f"{place}.resourceType".removeprefix("."), "is missing")
    elif whole["resourceType"] != "Bundle":
        yield Held(place, whole)
    else:
        yield from _entries(whole.get("entry", []), place)


def _entries(entries: Any, place: str) -> Iterator[Held | Fault]:
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        yield Fault(f"{place}.entry", "must be an array of objects")
        return
    for index, entry in enumerate(entries):
        where, inner = f"{place}.entry[{index}].resource", entry.get("resource")
        if isinstance(inner, dict):
            yield from unbundled(inner, where)
        else:
            yield Fault(where, "must be an object")


def consents_in(whole: Mapping[str, Any], place: str) -> Iterator[Held | Fault]:
    """The Consents; a resource of another type only beside them in a Bundle.

    One that is refused when written is taken all the same, because it decides too; one whose very
    shape cannot be read is a fault.
    """
    alone = whole.get("resourceType") != "Bundle"
    for found in unbundled(whole, place):
        if isinstance(found, Fault):
            yield found
        elif found.resource["resourceType"] == "Consent":
            yield _readable(found)
        elif alone:
            yield Fault(place, "must be a Consent")


def _readable(held: Held) -> Held | Fault:
    rules, faults = read(held.resource)
    if not rules.unreadable:
        return held
    return Fault(
        f"{held.place}{faults[0].expression.removeprefix('Consent')}", faults[0].diagnostics
    )
