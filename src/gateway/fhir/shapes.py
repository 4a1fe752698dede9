"""What each R4 type may hold, read once from packaged data, and the walk over a typed resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from fhir_profiles import load, names
from gateway.fhir.primitives import PRIMITIVES

TYPES = frozenset(
    {
        "AllergyIntolerance",
        "Appointment",
        "AuditEvent",
        "Bundle",
        "CarePlan",
        "CareTeam",
        "Communication",
        "Composition",
        "Condition",
        "Consent",
        "DocumentReference",
        "Encounter",
        "Endpoint",
        "Flag",
        "Goal",
        "Group",
        "HealthcareService",
        "List",
        "Location",
        "MedicationRequest",
        "MedicationStatement",
        "MessageHeader",
        "Observation",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Procedure",
        "Provenance",
        "Questionnaire",
        "QuestionnaireResponse",
        "RelatedPerson",
        "ServiceRequest",
        "Subscription",
        "Task",
    }
)
"""The types that the contract names. Others may be contained, but are not stored."""

_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_NOT_TYPES = ("datatypes", "codes")


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One JSON name of a type: its type, whether it is a list, and what it is bound to."""

    name: str
    type: str
    many: bool
    required: bool
    choice: str
    targets: frozenset[str]
    binding: str
    codes: frozenset[tuple[str, str]]

    @property
    def primitive(self) -> bool:
        return self.type in PRIMITIVES


@dataclass(frozen=True, slots=True)
class Choice:
    """A value[x]: at most one of these names, or exactly one."""

    name: str
    required: bool
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """A type's elements by JSON name, what it requires, and its choices."""

    name: str
    elements: dict[str, Element]
    required: frozenset[str]
    choices: tuple[Choice, ...]


class Place(NamedTuple):
    """A place in a resource, rendered as FHIRPath only when something is wrong there.

    A tuple, because one is made for each object that is looked at.
    """

    above: Place | None
    name: str
    at_index: int = -1

    def __str__(self) -> str:
        parts: list[str] = []
        place: Place | None = self
        while place is not None:
            parts.append(f"{place.name}[{place.at_index}]" if place.at_index >= 0 else place.name)
            place = place.above
        return ".".join(reversed(parts))

    def at(self, name: str) -> Place:
        """The element of this name here; this place itself where it is no name of FHIR's kind."""
        return Place(self, name) if _NAME.fullmatch(name) else self


@cache
def known() -> frozenset[str]:
    """Every concrete resource type of R4."""
    stems = (path.removeprefix("structure/").removesuffix(".json") for path in names("structure"))
    return frozenset(stem for stem in stems if stem not in _NOT_TYPES)


def root_of(resource: object) -> str:
    """The name that paths in a resource begin with: its type, or Resource where it has none."""
    stated = resource.get("resourceType") if isinstance(resource, dict) else None
    return stated if isinstance(stated, str) and stated in known() else "Resource"


@cache
def shape(name: str) -> Shape:
    """The shape of a resource type, a datatype, or a backbone element by its path."""
    owner = name.partition(".")[0]
    held: dict[str, Any] = load(f"structure/{owner if owner in known() else 'datatypes'}.json")
    elements = {key: _element(key, spec) for key, spec in held[name].items()}
    return Shape(
        name,
        elements,
        frozenset(e.name for e in elements.values() if e.required and not e.choice),
        tuple(_choices(elements)),
    )


def _element(name: str, spec: dict[str, Any]) -> Element:
    binding = str(spec.get("codes", ""))
    listed: dict[str, list[str]] = load("structure/codes.json")[binding] if binding else {}
    return Element(
        name=name,
        type=spec["type"],
        many="many" in spec,
        required="min" in spec,
        choice=spec.get("choice", ""),
        targets=frozenset(spec.get("targets", ())),
        binding=binding,
        codes=frozenset((system, code) for system, codes in listed.items() for code in codes),
    )


def _choices(elements: dict[str, Element]) -> Iterator[Choice]:
    for group in dict.fromkeys(e.choice for e in elements.values() if e.choice):
        members = [e for e in elements.values() if e.choice == group]
        yield Choice(group, members[0].required, frozenset(e.name for e in members))


def objects(value: object, kind: str, place: Place) -> Iterator[tuple[str, dict[str, Any], Place]]:
    """Every object of a resource with its type and place, itself first; what is wrong is passed by.

    Contained resources come under their own types; a resource inside a Bundle or Parameters comes
    as one "Resource" and is not entered.
    """
    if not isinstance(value, dict):
        return
    yield kind, value, place
    elements = shape(kind).elements if kind != "Resource" else {}
    for name, child in value.items():
        element = elements.get(name)
        if element is None or element.primitive:
            continue
        for index, item in enumerate(child) if type(child) is list else ((-1, child),):
            inner = element.type if name != "contained" else root_of(item)
            yield from objects(item, inner, Place(place, name, index))
