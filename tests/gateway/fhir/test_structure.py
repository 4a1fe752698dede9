"""What structure lets through beside what it stops, at the edges of R4's JSON."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.fhir import structure
from gateway.fhir.shapes import TYPES, known, shape

BARE = {"resourceType": "Patient"}
EXT = {"extension": [{"url": "https://example.org/e", "valueString": "x"}]}


def places(**changed: Any) -> list[str]:
    return [problem.expression for problem in structure.check(BARE | changed)]


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ({"_birthDate": EXT}, {"_birthDate": {}}),
        ({"birthDate": "1980", "_birthDate": EXT}, {"birthDate": "1980", "_birthDate": [EXT]}),
        ({"name": [{"given": [None], "_given": [EXT]}]}, {"name": [{"given": [None]}]}),
        ({"name": [{"_given": [EXT, None]}]}, {"name": [{"_given": [None]}]}),
        ({"name": [{"_given": [EXT]}]}, {"name": [{"_given": EXT}]}),
        ({"deceasedBoolean": False}, {"deceasedBoolean": False, "deceasedDateTime": "2020"}),
        ({"_deceasedBoolean": EXT}, {"deceasedDateTime": "2020", "_deceasedBoolean": EXT}),
        ({"gender": "unknown"}, {"gender": "unspecified"}),
        ({"id": "A-1.b"}, {"id": "A_1"}),
        ({"birthDate": "2024-02-29"}, {"birthDate": "2023-02-29"}),
        ({"extension": [{"url": "a", "_valueString": EXT}]}, {"extension": [{"url": "a"}]}),
        ({"managingOrganization": {"display": "x"}}, {"managingOrganization": {"id": "x"}}),
        (
            {"managingOrganization": {"reference": "https://other.example/Organization/1"}},
            {"managingOrganization": {"reference": "https://other.example/Patient/1"}},
        ),
        (
            {"managingOrganization": {"reference": "Organization/1/_history/2"}},
            {"managingOrganization": {"reference": "Organization/1/_history/"}},
        ),
        (
            {"managingOrganization": {"reference": "Organization?identifier=a|b"}},
            {"managingOrganization": {"reference": "Patient?identifier=a|b"}},
        ),
        (
            {
                "managingOrganization": {
                    "reference": "urn:uuid:" + "0" * 8 + "-0000" * 3 + "-" + "0" * 12
                }
            },
            {"managingOrganization": {"reference": "a b"}},
        ),
        (
            {"identifier": [{"system": "urn:oid:1.2.3", "value": "a"}]},
            {"identifier": [{"system": "urn:uuid:1-2-3", "value": "a"}]},
        ),
        (
            {"contained": [{"resourceType": "Medication", "id": "m"}]},
            {"contained": [{"resourceType": "Medication", "id": "m", "name": "x"}]},
        ),
        (
            {"text": {"status": "empty", "div": "<div>x</div>"}},
            {"text": {"status": "empty", "div": "x"}},
        ),
        ({"multipleBirthInteger": -(2**31)}, {"multipleBirthInteger": -(2**31) - 1}),
        ({"multipleBirthInteger": 2}, {"multipleBirthInteger": True}),
    ],
)
def test_what_r4_allows_passes_and_its_neighbour_does_not(
    allowed: dict[str, Any], refused: dict[str, Any]
) -> None:
    assert places(**allowed) == []
    assert places(**refused) != []


@pytest.mark.parametrize("body", [None, [], "x", 7, True])
def test_what_is_no_object_is_no_resource(body: object) -> None:
    assert [p.expression for p in structure.check(body)] == ["Resource"]


def test_paths_begin_where_the_resource_stands() -> None:
    found = structure.check(BARE | {"gender": 7}, "Bundle.entry[2].resource")
    assert [problem.expression for problem in found] == ["Bundle.entry[2].resource.gender"]


def test_another_set_of_types_may_be_asked_for() -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "a", "resource": BARE}]}
    assert structure.check(body) != []
    assert structure.check(body, types=frozenset({"Parameters"})) == []


def test_an_element_without_a_name_is_refused_where_it_stands() -> None:
    for answer in ({"": 1}, {"valueDate": "2026-01-01", "": {"": 1}}):
        bare = {"resourceType": "QuestionnaireResponse", "status": "completed"}
        response = bare | {"item": [{"linkId": "a", "answer": [answer]}]}
        assert "QuestionnaireResponse.item[0].answer[0]" in [
            problem.expression for problem in structure.check(response)
        ]


def test_every_type_of_r4_has_a_shape_whose_types_have_one_too() -> None:
    assert len(known()) == 146
    assert known() > TYPES
    for name in known():
        for element in shape(name).elements.values():
            assert element.primitive or element.type == "Resource" or shape(element.type).elements


def test_the_required_codes_of_the_types_that_are_held_are_held_too() -> None:
    bound = {
        element.binding
        for name in TYPES
        for element in shape(name).elements.values()
        if element.binding
    }
    assert len(bound) > 40
    assert {"consent-state-codes", "request-status", "task-status"} <= bound
    assert ("http://hl7.org/fhir/task-status", "received") in shape("Task").elements["status"].codes
