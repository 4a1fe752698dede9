"""Resources of every type, made from the structure tables: the least, and the fullest that holds.

Not a test and not a package, so load it by its path:

    from runpy import run_path
    GENERATED = run_path("tests/gateway/fhir/generated.py")

`least(type)` has what R4 requires and nothing else. `fullest(type)` has every element of the type
and of its backbone elements, as far as one resource can hold them: value[x] and invariants leave
some out. Both are the same in every run.
"""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from functools import cache
from typing import Any

from gateway.fhir import rules, structure
from gateway.fhir.problem import Kind
from gateway.fhir.shapes import TYPES, Element, shape

Json = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">text</div>'
DEEPEST = 4  # levels of objects below a resource
VALUES: dict[str, Any] = {
    "base64Binary": "YWJjZA==",
    "boolean": True,
    "canonical": "https://example.org/canonical|1.0",
    "code": "a-code",
    "date": "2026-01-02",
    "dateTime": "2026-01-02T10:00:00+00:00",
    "decimal": Decimal("1.50"),
    "element-id": "e1",
    "id": "an-id",
    "instant": "2026-01-02T10:00:00Z",
    "integer": 3,
    "markdown": "some *text*",
    "oid": "urn:oid:1.2.3",
    "positiveInt": 2,
    "string": "some text",
    "time": "10:00:00",
    "unsignedInt": 0,
    "uri": "https://example.org/uri",
    "url": "https://example.org/url",
    "uuid": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "xhtml": DIV,
}
# Left out of what is generated, each because one resource cannot show it by itself.
NOT_GENERATED = {
    "contained": "what is contained must be referred to, which other tests show",
    "modifierExtension": "as extension",
    "implicitRules": "says that the resource is not what it seems",
}


def value_of(element: Element, depth: int) -> Any:
    """One value for an element, in a list where it repeats."""
    found = _one(element, depth)
    return [found] if element.many else found


def _one(element: Element, depth: int) -> Any:
    if element.codes:
        system, code = min(element.codes)
        coding = {"system": system, "code": code}
        named = {"Coding": coding, "CodeableConcept": {"coding": [coding]}}
        return named.get(element.type, code)
    if element.type in VALUES:
        return VALUES[element.type]
    if element.type == "Reference":
        return {"reference": f"{min(element.targets or {'Patient'})}/1", "display": "someone"}
    if element.type == "Resource":
        return {"resourceType": "Patient", "id": "p"}
    return datatype(element.type, depth)


FIXED: dict[str, Json] = {
    "CodeableConcept": {
        "coding": [{"system": "https://example.org/codes", "code": "x", "display": "an x"}],
        "text": "words",
    },
    "Extension": {"url": "https://example.org/extension", "valueString": "some text"},
    "Narrative": {"status": "generated", "div": DIV},
    "Age": {"value": 40, "unit": "years", "system": UCUM, "code": "a"},
    "Duration": {"value": Decimal("1.5"), "unit": "hours", "system": UCUM, "code": "h"},
    "Timing.repeat": {"frequency": 2, "period": 1, "periodUnit": "d", "timeOfDay": ["10:00:00"]},
    "AuditEvent.entity": {"what": {"reference": "Patient/1"}, "name": "someone"},
    "Bundle.entry": {
        "fullUrl": "https://example.org/fhir/Patient/p",
        "resource": {"resourceType": "Patient", "id": "p", "active": True},
    },
    "CarePlan.activity": {"detail": {"status": "not-started", "description": "a call"}},
    "CareTeam.participant": {
        "member": {"reference": "Practitioner/1"},
        "onBehalfOf": {"reference": "Organization/1"},
    },
    "Composition.section": {"title": "a part", "text": {"status": "empty", "div": DIV}},
    "List.entry": {"item": {"reference": "Patient/1"}, "flag": {"text": "new"}},
    "Observation.component": {"code": {"text": "a part"}, "valueInteger": 3},
    "Questionnaire.item": {
        "linkId": "1",
        "type": "choice",
        "text": "How are you?",
        "answerOption": [{"valueString": "well"}, {"valueString": "unwell"}],
    },
}


def datatype(kind: str, depth: int) -> Json:
    """An object of a datatype or backbone element: the fullest above, the least further down."""
    if kind in FIXED:
        return deepcopy(FIXED[kind])
    return _filled(kind, required(kind, depth), depth) if depth < DEEPEST else required(kind, depth)


def required(kind: str, depth: int) -> Json:
    """An object with what its type requires, and with one element where nothing is required."""
    found = {
        name: value_of(element, depth + 1)
        for name, element in shape(kind).elements.items()
        if element.required and not element.choice
    }
    for choice in shape(kind).choices:
        if choice.required:
            name = min(choice.names)
            found[name] = value_of(shape(kind).elements[name], depth + 1)
    return found or _something(kind, depth)


def _something(kind: str, depth: int) -> Json:
    """One element for a type that requires none: the first that is simple, else the first."""
    listed = [e for e in shape(kind).elements.values() if e.name not in ("id", "extension")]
    listed = [e for e in listed if e.name not in NOT_GENERATED]
    simple = [e for e in listed if e.primitive] or listed
    return {simple[0].name: value_of(simple[0], depth + 1)} if simple else {"id": "e1"}


def _filled(kind: str, whole: Json, depth: int) -> Json:
    """The object with every element of its type that is no choice beside another."""
    taken = {name for c in shape(kind).choices for name in c.names if c.names & whole.keys()}
    for name, element in shape(kind).elements.items():
        if name in whole or name in NOT_GENERATED or name in taken or element.type == kind:
            continue
        whole[name] = value_of(element, depth + 1)
        taken |= {n for c in shape(kind).choices if name in c.names for n in c.names}
    return whole


@cache
def least(kind: str) -> Json:
    """A resource with what R4 requires, invariants included."""
    return {"resourceType": kind} | required(kind, 0) | ALSO.get(kind, {})


# What invariants ask for beyond what the tables require.
ALSO: dict[str, Json] = {
    "Appointment": {"start": "2026-01-02T10:00:00Z", "end": "2026-01-02T11:00:00Z"},
    "Organization": {"name": "A service"},
    "AllergyIntolerance": {
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                    "code": "active",
                }
            ]
        }
    },
    "Bundle": {"type": "collection"},
}


@cache
def fullest(kind: str) -> Json:
    """A resource with each element of its type that can stand beside those before it."""
    whole = deepcopy(least(kind))
    for name, element in shape(kind).elements.items():
        if name in whole or name in NOT_GENERATED:
            continue
        added = whole | {name: value_of(element, 1)}
        if not problems(added):
            whole = added
    return whole


def each_alone(kind: str) -> list[tuple[str, Json]]:
    """The least resource with one more element, for each that it may have."""
    return [
        (name, _without_group(kind, name) | {name: value_of(element, 1)})
        for name, element in shape(kind).elements.items()
        if name not in NOT_GENERATED
    ]


def _without_group(kind: str, name: str) -> Json:
    """The least resource without the value[x] that this name takes the place of."""
    group = {n for choice in shape(kind).choices if name in choice.names for n in choice.names}
    return {each: value for each, value in least(kind).items() if each not in group}


def problems(resource: Json) -> list[Any]:
    return structure.check(resource) + rules.check(resource)


def broken_rules_only(found: list[Any]) -> bool:
    """Whether what was found is not of structure: the tables were followed."""
    return all(problem.kind in (Kind.INVARIANT, Kind.RULE) for problem in found)


KINDS = sorted(TYPES)
