"""Elements by path, and every reference of a resource."""

from __future__ import annotations

import pytest

from consent.elements import at, identified, literal, references

TASK = {
    "resourceType": "Task",
    "identifier": [{"system": "s", "value": "v"}],
    "for": {"reference": "Patient/1"},
    "input": [
        {"valueReference": {"reference": "Observation/2/_history/3"}},
        {"valueString": "x"},
    ],
    "owner": {"identifier": {"system": "ods", "value": "X1"}},
    "contained": [{"resourceType": "Condition", "subject": {"reference": "Patient/4"}}],
    "extension": [{"url": "u", "valueReference": {"reference": "Organization/5"}}],
}


def test_a_path_goes_through_arrays() -> None:
    assert list(at(TASK, "input.valueString")) == ["x"]
    assert list(at(TASK, "identifier")) == [{"system": "s", "value": "v"}]
    assert list(at(TASK, "input.nothing")) == []


def test_a_choice_is_any_of_its_types_and_no_longer_name() -> None:
    node = {"effectiveDateTime": "2026", "effective": "no", "effectively": "no"}
    assert list(at(node, "effective[x]")) == ["2026"]


def test_every_reference_is_found_with_its_place() -> None:
    assert {path for path, _ in references(TASK, "Task")} == {
        "Task.for",
        "Task.input[0].valueReference",
        "Task.owner",
        "Task.contained[0].subject",
        "Task.extension[0].valueReference",
    }


def test_a_single_identifier_of_a_resource_is_no_reference() -> None:
    response = {"resourceType": "QuestionnaireResponse", "identifier": {"value": "v"}}
    assert list(references(response)) == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/1", "Patient/1"),
        ("Patient/1/_history/7", "Patient/1"),
        ("#a", None),
        ("urn:uuid:9f1b1e5e-0000-4000-8000-000000000000", None),
        ("https://elsewhere.example/fhir/Patient/1", None),
        ("Patient?identifier=x", None),
        ("Patient/1 ", None),
        ("Patient/", None),
        (None, None),
        (7, None),
    ],
)
def test_only_a_relative_literal_is_local(reference: object, expected: str | None) -> None:
    assert literal(reference) == expected


def test_a_logical_reference_is_its_identifier() -> None:
    assert identified({"identifier": {"system": "ods", "value": "X1"}}) == "ods|X1"
    assert identified({"identifier": {"value": "X1"}}) is None
    assert identified({"reference": "Patient/1"}) is None
