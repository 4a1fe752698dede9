"""What a consent can ask of a resource is read from the elements that data lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fhir_profiles
from consent import topics
from consent.labelling import Labels
from consent.reading_facts import facts_of, labels_in
from consent.topics import mask_of

SNOMED = "http://snomed.info/sct"
RECORDING = "https://onestory.example/fhir/StructureDefinition/recording-organization"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def concept(code: str, system: str = SNOMED) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


OBSERVATION = {
    "resourceType": "Observation",
    "id": "o",
    "meta": {"profile": ["https://x.example/StructureDefinition/obs|2"]},
    "code": concept("763256006"),
    "component": [{"code": concept("1")}, {"code": {"text": "  Units\n a DAY "}}],
    "valueCodeableConcept": concept("75544000"),
    "subject": {"reference": "Patient/1"},
    "performer": [
        {"reference": "Practitioner/p/_history/2"},
        {"identifier": {"system": ODS, "value": "X1"}},
    ],
    "effectivePeriod": {"start": "2026-05-03", "end": "2026-05-04"},
    "issued": "2026-06-01T00:00:00Z",
    "derivedFrom": [{"reference": "QuestionnaireResponse/q"}],
    "extension": [
        {"url": RECORDING, "valueReference": {"identifier": {"system": ODS, "value": "Y2"}}},
        {"url": "https://x.example", "valueReference": {"reference": "Patient/2"}},
    ],
    "contained": [{"resourceType": "Condition", "subject": {"reference": "Patient/3"}}],
}


def test_labels_are_taken_as_given() -> None:
    facts = facts_of(OBSERVATION, Labels(5, 4, pending=True, ceiling=True))
    assert (facts.topics, facts.level, facts.pending, facts.ceiling) == (5, 4, True, True)
    assert (facts.type, facts.reference) == ("Observation", "Observation/o")


def test_classes_are_the_type_and_the_profiles_with_and_without_their_version() -> None:
    profile = "https://x.example/StructureDefinition/obs"
    assert facts_of(OBSERVATION, Labels()).classes == {
        "http://hl7.org/fhir/resource-types|Observation",
        f"urn:ietf:rfc:3986|{profile}",
        f"urn:ietf:rfc:3986|{profile}|2",
        f"http://hl7.org/fhir/StructureDefinition|{profile}",
        f"http://hl7.org/fhir/StructureDefinition|{profile}|2",
    }


def test_a_document_is_of_its_type_and_media_type() -> None:
    document = {
        "resourceType": "DocumentReference",
        "type": concept("736253002"),
        "content": [{"attachment": {"contentType": "application/pdf"}}],
    }
    classes = facts_of(document, Labels()).classes
    assert {f"{SNOMED}|736253002", "urn:ietf:bcp:13|application/pdf"} <= classes


def test_a_crisis_plan_is_a_class_of_its_own() -> None:
    plan = {"resourceType": "CarePlan", "category": [concept("736253002")]}
    assert f"{SNOMED}|736253002" in facts_of(plan, Labels()).classes


def test_codes_come_from_what_was_asked_and_not_from_the_answer() -> None:
    codes = facts_of(OBSERVATION, Labels()).codes
    assert codes == {f"{SNOMED}|763256006", f"{SNOMED}|1"}


def test_words_count_only_where_no_code_stands_beside_them() -> None:
    assert facts_of(OBSERVATION, Labels()).texts == {"units a day"}
    both = OBSERVATION | {"component": [{"code": concept("1") | {"text": "units a day"}}]}
    assert facts_of(both, Labels()).texts == frozenset()


def test_a_response_has_the_codes_of_its_instrument() -> None:
    canonical = "https://onestory.example/fhir/Questionnaire/audit-c"
    response = {"resourceType": "QuestionnaireResponse", "questionnaire": f"{canonical}|1"}
    assert facts_of(response, Labels()).codes == {"http://loinc.org|72109-2"}
    other = response | {"questionnaire": "https://x.example/audit-c"}
    assert facts_of(other, Labels()).codes == frozenset()


def test_sources_are_literal_logical_recorded_and_given() -> None:
    given = frozenset({"Organization/mine"})
    assert facts_of(OBSERVATION, Labels(), given).sources == {
        "Practitioner/p",
        f"{ODS}|X1",
        f"{ODS}|Y2",
        "Organization/mine",
    }


def test_a_resource_that_names_no_author_has_no_source() -> None:
    assert facts_of({"resourceType": "Observation"}, Labels()).sources == frozenset()
    nobody = {"resourceType": "Observation", "performer": ["x", {"display": "a nurse"}]}
    assert facts_of(nobody, Labels()).sources == frozenset()


def test_the_dates_are_those_of_the_content() -> None:
    assert facts_of(OBSERVATION, Labels()).dates == (
        datetime.fromisoformat("2026-05-03T00:00:00+01:00"),
        datetime.fromisoformat("2026-05-04T23:59:59.999999+01:00"),
    )
    undated = {"resourceType": "Observation", "issued": "2026-06-01T00:00:00Z"}
    assert facts_of(undated, Labels()).dates is None


def test_dates_reach_from_the_first_to_the_last() -> None:
    request = {
        "resourceType": "ServiceRequest",
        "authoredOn": "2026-05-03T10:00:00Z",
        "occurrenceDateTime": "2027",
    }
    dates = facts_of(request, Labels()).dates
    assert dates is not None
    assert dates[0] == datetime.fromisoformat("2026-05-03T10:00:00+00:00")
    assert dates[1] == datetime.fromisoformat("2027-12-31T23:59:59.999999+00:00")


def test_every_patient_anywhere_is_a_person_concerned() -> None:
    facts = facts_of(OBSERVATION, Labels())
    assert facts.persons == {"Patient/1", "Patient/2", "Patient/3"}
    assert facts.persons | {"Practitioner/p", "QuestionnaireResponse/q"} == facts.references


def test_a_patient_concerns_itself() -> None:
    patient = {
        "resourceType": "Patient",
        "id": "1",
        "link": [{"other": {"reference": "Patient/2"}}],
    }
    assert facts_of(patient, Labels()).persons == {"Patient/1", "Patient/2"}


def test_without_labels_a_resource_has_no_topic_and_is_normal() -> None:
    assert labels_in({"resourceType": "Observation"}) == Labels()


def test_carried_labels_are_read_as_they_stand() -> None:
    security = [
        {"system": topics.ACT_CODE, "code": "ETHUD"},
        {"system": topics.TOPIC_SYSTEM, "code": "drugs"},
        {"system": topics.ACT_CODE, "code": "NORDSCLCD"},
        {"system": topics.CONFIDENTIALITY, "code": "R"},
        {"system": topics.CONFIDENTIALITY, "code": "L"},
    ]
    read = labels_in({"meta": {"security": security}})
    assert read == Labels(mask_of("ETHUD", "drugs"), topics.LEVELS.index("R"))


def test_a_lower_level_is_read_as_it_stands() -> None:
    security = [{"system": topics.CONFIDENTIALITY, "code": "U"}]
    assert labels_in({"meta": {"security": security}}).level == 0


@pytest.mark.parametrize(("code", "expected"), [("pending", True), ("labelled", False)])
def test_the_tag_says_what_is_not_yet_labelled(code: str, expected: bool) -> None:
    tag = {"system": "https://onestory.example/fhir/CodeSystem/labelling", "code": code}
    assert labels_in({"meta": {"tag": [tag]}}).pending is expected


def test_carried_ceiling_topics_put_it_under_the_ceiling() -> None:
    security = [{"system": topics.ACT_CODE, "code": "PSYTHPN"}]
    assert labels_in({"meta": {"security": security}}).ceiling


def element_paths() -> list[tuple[str, str, str]]:
    data = fhir_profiles.load("labels/code_elements.json")
    return [
        (what, kind, path)
        for what, kinds in data.items()
        if what != "note"
        for kind, paths in kinds.items()
        for path in paths
    ]


@pytest.mark.parametrize(("what", "kind", "path"), element_paths())
def test_every_listed_element_is_one_of_its_type(what: str, kind: str, path: str) -> None:
    shapes = fhir_profiles.load(f"structure/{kind}.json")
    owner = kind
    for step in path.split("."):
        stem = step.removesuffix("[x]")
        shape = shapes.get(owner) or fhir_profiles.load("structure/datatypes.json")[owner]
        found = [
            spec
            for name, spec in shape.items()
            if name == step or (stem != step and spec.get("choice") == stem)
        ]
        assert found, f"{what}: {path}"
        owner = found[0]["type"]


WORDS = """
code coding text meta security tag profile extension url system subject reference
identifier value performer effectivePeriod effectiveTiming start end event repeat
component category valueReference questionnaire content attachment contentType type
"""
NAMES = st.sampled_from(WORDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(NAMES, JSON, max_size=6),
    st.sampled_from(["Observation", "DocumentReference", "QuestionnaireResponse", "Unheard"]),
)
def test_facts_are_read_whatever_stands_in_the_resource(content: dict[str, Any], kind: str) -> None:
    resource = content | {"resourceType": kind}
    assert facts_of(resource, labels_in(resource)).type == kind


def test_a_coding_without_a_code_says_nothing() -> None:
    resource = OBSERVATION | {"code": {"coding": [{"display": "x"}, "x"]}, "component": []}
    assert facts_of(resource, Labels()).codes == frozenset()


def test_a_label_that_is_no_coding_says_nothing() -> None:
    assert labels_in({"meta": {"security": ["x", {"code": "MH"}]}}) == Labels()
