"""Searches find resources by R4's parameters, read from data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fhir_profiles
from gateway.fhir.indexing import PREFIXES, index, microseconds, prefixed_date

TYPES = fhir_profiles.load("search/parameters.json")["types"]
LOINC = "http://loinc.org"
HOLDS = {
    "token": {"code", "Coding", "CodeableConcept", "boolean", "string", "Identifier"},
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "reference": {"Reference"},
    "uri": {"uri", "url", "canonical"},
}


def us(text: str) -> int:
    return microseconds(datetime.fromisoformat(text))


def parameters() -> list[tuple[str, str]]:
    return [(kind, name) for kind, rows in TYPES.items() for name in rows]


@pytest.mark.parametrize(("kind", "name"), parameters())
def test_every_parameter_reads_elements_that_hold_its_kind(kind: str, name: str) -> None:
    shapes = fhir_profiles.load(f"structure/{kind}.json")
    datatypes = fhir_profiles.load("structure/datatypes.json")
    for path in TYPES[kind][name]["paths"]:
        owner = kind
        for step in path.split("."):
            owner = (shapes.get(owner) or datatypes[owner])[step]["type"]
        assert owner in HOLDS[TYPES[kind][name]["type"]], path


OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "identifier": [{"system": "s", "value": "v"}, {"value": "bare"}],
    "status": "final",
    "code": {"coding": [{"system": LOINC, "code": "75626-2"}, {"code": "local"}]},
    "subject": {"reference": "Patient/1/_history/2"},
    "performer": [{"reference": "Organization/2"}, {"identifier": {"value": "x"}}],
    "effectiveDateTime": "2026-05-03",
    "derivedFrom": [{"reference": "QuestionnaireResponse/3"}],
}


def test_tokens_are_codes_with_their_system() -> None:
    tokens = index(OBSERVATION).tokens
    assert ("status", "final") in tokens
    assert ("code", f"{LOINC}|75626-2") in tokens
    assert ("code", "local") in tokens


def test_identifiers_are_tokens_with_their_system() -> None:
    tokens = index(OBSERVATION).tokens
    assert [value for name, value in tokens if name == "identifier"] == ["s|v", "bare"]


def test_a_date_is_its_whole_interval() -> None:
    assert index(OBSERVATION).dates == (
        ("date", us("2026-05-02T23:00:00+00:00"), us("2026-05-03T22:59:59.999999+00:00")),
    )


def test_references_are_relative_and_unversioned() -> None:
    assert set(index(OBSERVATION).references) == {
        ("subject", "Patient/1"),
        ("patient", "Patient/1"),
        ("performer", "Organization/2"),
        ("derived-from", "QuestionnaireResponse/3"),
    }


def test_a_parameter_for_one_type_leaves_out_the_others() -> None:
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": "Patient/1"}, {"reference": "Task/2"}],
    }
    references = index(provenance).references
    assert ("patient", "Patient/1") in references
    assert ("patient", "Task/2") not in references
    assert ("target", "Task/2") in references


def test_a_canonical_is_found_with_and_without_its_version() -> None:
    response = {"resourceType": "QuestionnaireResponse", "questionnaire": "https://x.example/q|1"}
    assert index(response).tokens == (
        ("questionnaire", "https://x.example/q|1"),
        ("questionnaire", "https://x.example/q"),
    )


def test_a_task_is_found_by_owner_focus_and_status() -> None:
    task = {
        "resourceType": "Task",
        "status": "requested",
        "owner": {"reference": "Organization/1"},
        "for": {"reference": "Patient/1"},
        "focus": {"reference": "ServiceRequest/1"},
        "authoredOn": "2026-05-03T10:00:00Z",
    }
    indexed = index(task)
    assert {name for name, _ in indexed.references} == {"owner", "focus", "patient", "subject"}
    assert [name for name, *_ in indexed.dates] == ["authored-on"]


def test_a_patient_is_found_by_number_and_birth_date() -> None:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "birthDate": "1980-02-29",
        "active": True,
    }
    indexed = index(patient)
    assert ("identifier", "https://fhir.nhs.uk/Id/nhs-number|9990000018") in indexed.tokens
    assert ("active", "true") in indexed.tokens
    assert [name for name, *_ in indexed.dates] == ["birthdate"]


def test_what_holds_no_value_of_its_kind_is_not_found() -> None:
    odd = {
        "resourceType": "Observation",
        "status": None,
        "category": [{"text": "x"}],
        "effectiveTiming": {"repeat": {}},
        "performer": ["x", {"reference": "urn:uuid:1"}],
    }
    indexed = index(odd)
    assert indexed.tokens == indexed.dates == indexed.references == ()


def test_nothing_is_indexed_twice() -> None:
    twice = OBSERVATION | {"performer": [{"reference": "Organization/2"}] * 2}
    references = index(twice).references
    assert len(references) == len(set(references))


def test_an_unknown_type_has_no_entries() -> None:
    indexed = index({"resourceType": "Unheard", "status": "x"})
    assert indexed.tokens == indexed.dates == indexed.references == ()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_query_date_has_a_prefix_and_its_whole_interval(prefix: str) -> None:
    day = (us("2026-05-02T23:00:00+00:00"), us("2026-05-03T22:59:59.999999+00:00"))
    assert prefixed_date(f"{prefix}2026-05-03") == (prefix, *day)
    assert prefixed_date("2026-05-03") == ("eq", *day)


@pytest.mark.parametrize("value", ["", "ge", "xx2026", "GE2026", "ge2026-13", "2026x", "gege2026"])
def test_what_is_no_query_date_is_refused(value: str) -> None:
    assert prefixed_date(value) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact(moment: datetime) -> None:
    delta = moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    exact = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    assert microseconds(moment) == exact
