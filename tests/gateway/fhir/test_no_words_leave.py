"""Whatever a sender may put in words anywhere in R4, others receive none of it: the resource is
withheld whole, or the words are not in what is released.

Every place is taken from R4's own definitions, three elements deep in every type that is held.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

import fhir_profiles
from consent.labelling import label
from gateway.fhir.encoding import encode
from gateway.fhir.types import DIRECTORY, PERSONAL
from gateway.fhir.wording import regenerated, shared_meta

Json = dict[str, Any]
Place = tuple[tuple[str, str], ...]  # the names of elements, each with its type
CANARY = "quince jelly"
WORDS = ("string", "markdown", "xhtml", "base64Binary")
KNOWN: Json = {"coding": [{"system": "http://loinc.org", "code": "72166-2"}]}
# The author's alone, whatever consents say; and what a client can write of nobody.
NEVER_OTHERS = {"AuditEvent", "Consent", "Patient", "Provenance"}
TYPES = sorted(PERSONAL - NEVER_OTHERS - DIRECTORY)
DEEP = 3
# A reference has no spaces, and who somebody is to the person is what a RelatedPerson says.
NO_WORDS = "reference"
WHO_THEY_ARE = ("RelatedPerson.name.", "RelatedPerson.telecom.", "RelatedPerson.address.")


@cache
def datatypes() -> Json:
    found: Json = fhir_profiles.load("structure/datatypes.json")
    return found


def places(type_: str, kinds: tuple[str, ...]) -> Iterator[Place]:
    """Every element of these kinds in a type."""
    shapes = fhir_profiles.load(f"structure/{type_}.json")
    yield from _beneath(shapes, type_, (), kinds)


def _beneath(shapes: Json, owner: str, above: Place, kinds: tuple[str, ...]) -> Iterator[Place]:
    for name, each in (shapes.get(owner) or datatypes().get(owner, {})).items():
        place = (*above, (name, each["type"]))
        if each["type"] in kinds and name != NO_WORDS:
            yield place
        elif len(place) < DEEP and name != "contained":
            yield from _beneath(shapes, each["type"], place, kinds)


def holding(type_: str, place: Place, words: str) -> Json:
    """A resource that is labelled but for what stands at the place."""
    resource: Json = {"resourceType": type_, "id": "a"}
    resource |= judged(type_)
    names = [name for name, _ in place]
    value: Any = base64.b64encode(words.encode()).decode()
    if place[-1][1] != "base64Binary":
        value = f"<div>{words}</div>" if place[-1][1] == "xhtml" else words
    for depth in range(len(place) - 1, 0, -1):
        owner = place[depth - 1][1]
        value = beside(owner) | {names[depth]: value}
        if is_many(type_, place, depth - 1):
            value = [value]
    return resource | {names[0]: value}


def is_many(type_: str, place: Place, depth: int) -> bool:
    shapes = fhir_profiles.load(f"structure/{type_}.json")
    owner = type_ if depth == 0 else place[depth - 1][1]
    shape = (shapes.get(owner) or datatypes()[owner])[place[depth][0]]
    return bool(shape.get("many"))


def beside(kind: str) -> Json:
    """What stands beside the words, so that they alone could keep the resource back."""
    match kind:
        case "Coding":
            return dict(KNOWN["coding"][0])
        case "CodeableConcept":
            return dict(KNOWN)
        case "Reference":
            return {"reference": "Organization/1"}
        case "Narrative":
            return {"status": "generated"}
        case "Quantity" | "SimpleQuantity" | "Age" | "Duration":
            return {"value": 1, "system": "http://unitsofmeasure.org", "code": "kg"}
        case _:
            return {}


def judged(type_: str) -> Json:
    """Something that a rule knows, so that the type is labelled."""
    shape = fhir_profiles.load(f"structure/{type_}.json")[type_]
    for name in ("code", "category", "type", "reasonCode", "topic", "description"):
        if shape.get(name, {}).get("type") == "CodeableConcept":
            many = shape[name].get("many")
            return {name: [KNOWN] if many else KNOWN}
    return {}


def released(resource: Json) -> bytes:
    """What another organisation would receive, where consents let it through."""
    meta = shared_meta(resource.get("meta", {}))
    rest = {name: value for name, value in resource.items() if name not in ("meta", "text")}
    return encode(regenerated(rest)) + encode(meta)


def escapes(type_: str, kinds: tuple[str, ...]) -> list[str]:
    found = []
    for place in places(type_, kinds):
        resource = holding(type_, place, CANARY)
        out = released(resource)
        leaked = CANARY.encode() in out or base64.b64encode(CANARY.encode()) in out
        if leaked and not label(resource, {}).doubt:
            found.append(".".join([type_, *(name for name, _ in place)]))
    return [path for path in found if not path.startswith(WHO_THEY_ARE)]


@pytest.mark.parametrize("type_", TYPES)
def test_words_anywhere_keep_a_resource_back_or_stay_behind(type_: str) -> None:
    assert escapes(type_, WORDS) == []


@pytest.mark.parametrize("type_", TYPES)
def test_the_like_without_words_is_labelled(type_: str) -> None:
    known = {"resourceType": type_, "id": "a"} | judged(type_)
    assert bool(label(known, {}).doubt) == (judged(type_) == {} and type_ != "RelatedPerson")
