"""A message of the Booking and Referral Standard (BaRS 1.x): what it wishes, about which referral.

The codes and the words are data (fhir_profiles/bars). What of a message is not taken is said at
its place, by its FHIRPath.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fhir_profiles import load
from mappings.systems import MESSAGE_ENTRY, ODS
from mappings.verdict import Fault

Json = dict[str, Any]
Resource = Mapping[str, Any]
HEADER = "Bundle.entry[0].resource"


class Wish(Enum):
    """What a message asks for."""

    NEW = "new"
    UPDATE = "update"
    CANCEL = "cancel"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Entered:
    """A resource of a message: the number of its entry, its address, and its sender's id of it."""

    place: int
    address: str
    key: str
    resource: Resource

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def at(self) -> str:
        """Where it stands in the Bundle."""
        return f"Bundle.entry[{self.place}].resource"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that may be acted on. `receiver` and `sender` are References, empty where it names
    none; `said` is MessageHeader.reason; `tasks` ask for the request, `others` go with it."""

    id: str
    wish: Wish
    said: Resource
    sender: Resource
    receiver: Resource
    request: Entered
    patient: Entered | None
    tasks: tuple[Entered, ...]
    others: tuple[Entered, ...]
    directory: tuple[Entered, ...]
    consents: tuple[Entered, ...]
    timestamp: str

    @property
    def everything(self) -> tuple[Entered, ...]:
        """All that is in it, but the header."""
        one = () if self.patient is None else (self.patient,)
        rest = (*self.tasks, *self.others, *self.directory, *self.consents)
        return (self.request, *one, *rest)


def table() -> Json:
    """The codes of a message."""
    found: Json = load("bars/messages.json")
    return found


def word(name: str) -> str:
    """What is said of what is not taken, or not stored."""
    return str(table()["words"][name])


def fault(name: str, where: str) -> Fault:
    return Fault(where, word(name))


def coded(concept: Any, system: str, code: str) -> bool:
    """Whether a CodeableConcept has this code."""
    return any(is_coding(one, system, code) for one in (concept or {}).get("coding", ()))


def error(status: int) -> Json | None:
    """What the standard calls an error with this status, as issue.details; None where nothing."""
    known = table()["errors"]
    code = known["codes"].get(str(status))
    return None if code is None else {"coding": [{"system": known["system"], "code": code}]}


def is_coding(coding: Any, system: str, code: str) -> bool:
    return (coding or {}).get("system") == system and coding.get("code") == code


def ods_of(named: Resource) -> str:
    """The ODS code among the identifiers of a Reference or an Organization, or nothing."""
    held = named.get("identifier") or []
    listed: list[Resource] = held if isinstance(held, list) else [held]
    for one in listed:
        if str(one.get("system", "")).casefold() == ODS.casefold() and one.get("value"):
            return str(one["value"])
    return ""


def identity(one: Entered) -> tuple[str, str] | None:
    """The identifier under which a resource is found again, or None where R4 gives it none: its
    only one, or the one that names it in its sender's messages."""
    known = table()
    if one.type in known["no_identifier"]:
        return None
    held = one.resource.get("identifier")
    if one.type in known["one_identifier"] and held and held.get("value"):
        return str(held.get("system", "")), str(held["value"])
    if isinstance(held, list):
        for each in held:
            if each.get("system") == MESSAGE_ENTRY and each.get("value"):
                return MESSAGE_ENTRY, str(each["value"])
    return MESSAGE_ENTRY, one.key


def references(node: Any) -> Iterator[str]:
    """Every literal reference within a resource, as it is written."""
    match node:
        case Mapping():
            if isinstance(node.get("reference"), str):
                yield node["reference"]
            for value in node.values():
                yield from references(value)
        case list():
            for value in node:
                yield from references(value)
        case _:
            return
