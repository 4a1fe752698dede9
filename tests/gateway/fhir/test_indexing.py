"""Searches find resources by R4's parameters, read from data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fhir_profiles
from fhir_profiles.generate_search import READ_BY
from gateway.fhir.entries import microseconds
from gateway.fhir.indexing import PREFIXES, index, prefixed_date, stands_under
from gateway.fhir.search_parameters import parameters
from gateway.fhir.types import HELD

HELD_TYPES = sorted(HELD)
LOINC = "http://loinc.org"


def us(text: str) -> int:
    return microseconds(datetime.fromisoformat(text))


def test_every_held_type_has_its_parameters_and_those_of_every_type() -> None:
    for type_ in HELD_TYPES:
        assert {"_id", "_lastUpdated", "_tag"} < parameters(type_).keys()


@pytest.mark.parametrize("type_", HELD_TYPES)
def test_every_parameter_reads_elements_that_the_type_has(type_: str) -> None:
    for parameter in parameters(type_).values():
        if parameter.name.startswith("_") or parameter.components:
            continue
        for path in parameter.paths:
            assert datatype(type_, path) in READ_BY[parameter.kind] or parameter.claim, (
                parameter.name,
                path,
            )


@pytest.mark.parametrize("type_", HELD_TYPES)
def test_every_part_of_a_composite_reads_elements_that_the_type_has(type_: str) -> None:
    for parameter in parameters(type_).values():
        for part in parameter.components:
            for owner in parameter.paths:
                for path in part.paths:
                    found = datatype(type_, f"{owner}.{path}".lstrip("."))
                    assert found in READ_BY[part.kind], (parameter.name, part.name, path)


def datatype(type_: str, path: str) -> str:
    shapes = fhir_profiles.load(f"structure/{type_}.json")
    datatypes = fhir_profiles.load("structure/datatypes.json")
    owner = type_
    for step in path.split("."):
        owner = (shapes.get(owner) or datatypes[owner])[step.partition("[")[0]]["type"]
    return owner


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


def under(resource: dict[str, Any], name: str) -> list[str]:
    return [value for known, value in index(resource).tokens if known == name]


def test_tokens_are_codes_with_and_without_their_system_and_systems_alone() -> None:
    assert under(OBSERVATION, "status") == ["final"]
    with_system = [f"{LOINC}|75626-2", "75626-2", f"{LOINC}|"]
    assert under(OBSERVATION, "code") == [*with_system, "local", "|local"]


def test_identifiers_are_tokens_like_codes() -> None:
    assert under(OBSERVATION, "identifier") == ["s|v", "v", "s|", "bare", "|bare"]


def test_what_two_parameters_read_together_needs_no_entries_of_its_own() -> None:
    assert stands_under("Observation", "combo-code") == ("code", "component-code")
    assert stands_under("Observation", "code") == ("code",)
    assert under(OBSERVATION, "combo-code") == []


def test_a_name_is_found_by_words_by_beginnings_and_exactly_as_written() -> None:
    patient = {"resourceType": "Patient", "name": [{"given": ["Zoë-Ann", None], "family": "Li"}]}
    words = ["zoe", "ann"]
    assert under(patient, "given") == words
    assert under(patient, "name") == ["li", *words]
    assert under(patient, "given:exact") == ["Zoë-Ann"]
    long = {"resourceType": "Patient", "name": [{"family": "Okafor"}]}
    assert under(long, "family") == ["oka", "okaf", "okafo", "okafor"]


def test_names_that_sound_alike_are_found_by_their_sound() -> None:
    def sound(family: str) -> list[str]:
        return under({"resourceType": "Patient", "name": [{"family": family}]}, "phonetic")

    assert sound("Ashcraft") == sound("Ashcroft") == ["a261"]
    assert sound("Robert") == sound("Rupert") == ["r163"]
    assert sound("Tymczak") == ["t522"]
    assert sound("Pfister") == ["p236"]
    assert sound("Rubin") != sound("Robert")
    assert sound("李") == []


def test_only_so_many_words_of_a_text_are_found() -> None:
    text = " ".join(f"w{number:04d}" for number in range(2_000))
    found = under({"resourceType": "List", "title": text}, "title")
    assert "w0499" in found
    assert "w0500" not in found


def test_an_address_is_found_from_those_above_it() -> None:
    response = {"resourceType": "DocumentReference", "meta": {"profile": ["https://x.example/a/b"]}}
    assert under(response, "_profile") == ["https://x.example/a/b"]
    assert under(response, "_profile:below") == [
        "https://x.example/a/b",
        "https://x.example/a",
        "https://x.example",
    ]


def test_a_logical_reference_is_found_by_its_identifier() -> None:
    assert under(OBSERVATION, "performer:identifier") == ["x", "|x"]


def test_a_reference_elsewhere_is_found_by_its_address_and_one_within_is_not() -> None:
    odd = {
        "resourceType": "Observation",
        "performer": [{"reference": "urn:uuid:1"}, {"reference": "#inside"}],
    }
    assert under(odd, "performer") == ["urn:uuid:1"]
    assert index(odd).references == ()


def test_one_kind_of_contact_is_kept_apart_from_all() -> None:
    patient = {
        "resourceType": "Patient",
        "telecom": [
            {"system": "phone", "value": "07700 900123"},
            {"system": "email", "value": "a@example.org"},
        ],
    }
    assert "a@example.org" in under(patient, "email")
    assert "07700 900123" not in under(patient, "email")
    assert {"a@example.org", "07700 900123"} <= set(under(patient, "telecom"))


@pytest.mark.parametrize(
    ("held", "claimed"),
    [
        ({}, "false"),
        ({"deceasedBoolean": False}, "false"),
        ({"deceasedBoolean": True}, "true"),
        ({"deceasedDateTime": "2026-01-01"}, "true"),
    ],
)
def test_who_has_died_is_found_however_it_is_said(held: dict[str, Any], claimed: str) -> None:
    assert under({"resourceType": "Patient"} | held, "deceased") == [claimed]


def test_a_document_is_found_by_its_first_resource_alone() -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "Composition", "id": "1"}},
            {"resource": {"resourceType": "Composition", "id": "2"}},
        ],
    }
    assert ("composition", "Composition/1") in index(bundle).references
    assert ("composition", "Composition/2") not in index(bundle).references


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
    assert set(index(response).tokens) == {
        ("questionnaire", "https://x.example/q|1"),
        ("questionnaire", "https://x.example/q"),
    }


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


def test_what_has_only_an_extension_is_not_found() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "category": [None, "food"], "_category": []}
    assert under(allergy, "category") == ["food"]


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("2026-05-03T10:00:00Z", "10:00:00+00:00", "10:00:00.999999+00:00"),
        ("2026-05-03T10:00:00+01:00", "09:00:00+00:00", "09:00:00.999999+00:00"),
        ("2026-05-03T10:00:00.5Z", "10:00:00.5+00:00", "10:00:00.599999+00:00"),
        ("2016-12-31T23:59:60Z", "", ""),
    ],
)
def test_a_moment_is_as_long_as_it_says(written: str, low: str, high: str) -> None:
    ((_, first, last),) = index({"resourceType": "Task", "authoredOn": written}).dates
    if low:
        assert (first, last) == (us(f"2026-05-03T{low}"), us(f"2026-05-03T{high}"))
    else:  # a leap second counts with the second before
        assert first == us("2016-12-31T23:59:59+00:00")


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
