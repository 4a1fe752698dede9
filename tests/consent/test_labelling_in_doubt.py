"""What no rule can judge stays pending; what is coded throughout does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from to_label import (
    LOINC,
    OURS,
    RULES,
    coded,
    concept,
    observation,
    of,
    of_type,
    request,
    task,
)

from consent.labelling import NORMAL, Labels, label

KINDS = ["Observation", "Condition", "ServiceRequest", "Task", "QuestionnaireResponse", "CarePlan"]
WORDS = """
code coding text meta security tag extension url system note subject reference display
item linkId answer valueString valueCoding component contained resourceType identifier
questionnaire supportingInfo focus input modifierExtension status category _status x
"""
NAMES = st.sampled_from(WORDS.split())


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "CarePlan", "title": "x", "category": [concept("718347000")]},
        {"resourceType": "QuestionnaireResponse", "questionnaire": "https://x.example/Q/phq-9"},
        {"resourceType": "QuestionnaireResponse", "status": "completed"},
        {"resourceType": "QuestionnaireResponse", "item": [{"linkId": "a", "answer": ["x"]}]},
        observation("99999-9"),
        observation("75626-2", "http://elsewhere.example"),
        {"resourceType": "Observation", "status": "final"},
        {"resourceType": "Observation", "status": "final", "code": {"text": "drinks"}},
        {"resourceType": "Condition", "code": concept("1")},
        {"resourceType": "DocumentReference", "type": concept("1")},
        {"resourceType": "Appointment", "status": "booked"},
        {"resourceType": "Unheard", "code": concept("75544000")},
        observation("75626-2", valueString="six a day"),
        observation("75626-2", valueCodeableConcept={"text": "six a day"}),
        observation("75626-2", note=[{"text": "x"}]),
        observation("75626-2", invented="x"),
        observation("75626-2", extension=[{"url": "https://x.example", "valueBoolean": True}]),
        observation("75626-2", modifierExtension=[{"url": f"{OURS}/StructureDefinition/x"}]),
        observation("75626-2", bodySite=concept("1")),
        observation("75626-2", component=[{"code": concept("99999-9", LOINC)}]),
        observation("75626-2", performer=[{"display": "my heroin worker"}]),
        observation("75626-2", contained=[{"resourceType": "Condition", "code": concept("1")}]),
        observation("75626-2", _status={"extension": [{"url": "https://x.example"}]}),
        coded(concept("75626-2", LOINC, extension=[{"url": "https://x"}])),
        observation("75626-2", valueAttachment={"data": "eA=="}),
        observation("75626-2", meta={"extension": [{"url": "https://x.example"}]}),
        observation("75626-2", meta={"security": ["x"], "extension": ["x"]}, note=["x"]),
        request(supportingInfo=["x"], note=[{"text": "x"}]),
        request(note=[{"text": "x"}]),
        request(patientInstruction="x"),
        request(reasonCode=[{"text": "x"}]),
        task(description="x"),
        task(input=[{"type": concept("fulfill", "x"), "valueString": "x"}]),
        {"resourceType": "ServiceRequest", "status": "active", "intent": "order"},
    ],
)
def test_what_no_rule_can_judge_stays_pending(resource: dict[str, Any]) -> None:
    assert of(resource).doubt


@pytest.mark.parametrize(
    "resource",
    [
        observation("75626-2", text={"status": "generated", "div": "<div>x</div>"}),
        observation("75626-2", identifier=[{"system": "s", "value": "v"}]),
        observation("75626-2", category=[concept("survey", RULES["neutral_systems"][0])]),
        observation("75626-2", performer=[{"reference": "Organization/1", "display": "Riverside"}]),
        coded(concept("75626-2", LOINC, text="total")),
        coded({"coding": [{"code": "x"}, {"code": "75626-2", "system": LOINC}]}),
        observation("75626-2", _status={"id": "a"}),
        observation(
            "75626-2",
            extension=[
                {
                    "url": f"{OURS}/StructureDefinition/recording-organization",
                    "valueReference": {"identifier": {"system": "s", "value": "v"}},
                }
            ],
        ),
        request(performer=[{"reference": "Organization/1"}], priority="urgent"),
        task(owner={"reference": "Organization/1"}),
    ],
)  # fmt: skip
def test_what_is_coded_throughout_is_judged(resource: dict[str, Any]) -> None:
    assert not of(resource).doubt


@pytest.mark.parametrize("kind", ["Patient", "Consent", "Provenance", "AuditEvent", "Organization"])
def test_types_without_clinical_content_have_no_topic(kind: str) -> None:
    assert of({"resourceType": kind, "name": "x", "invented": "y"}) == Labels()


@pytest.mark.parametrize(
    "kind", ["Encounter", "Appointment", "Communication", "CareTeam", "Goal", "Group", "Flag"]
)
def test_what_says_nothing_of_its_topic_stays_pending(kind: str) -> None:
    assert of(of_type(kind)).doubt


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, JSON, max_size=6), st.sampled_from(KINDS))
def test_a_label_is_given_whatever_stands_in_the_resource(
    content: dict[str, Any], kind: str
) -> None:
    labels = of(content | {"resourceType": kind})
    assert labels.level >= NORMAL


@given(st.dictionaries(NAMES, JSON, max_size=6), st.sampled_from(KINDS))
def test_content_without_any_known_code_is_never_judged(content: dict[str, Any], kind: str) -> None:
    assert of(content | {"resourceType": kind}).doubt


@pytest.mark.parametrize("kind", ["Patient", "RelatedPerson", "Person"])
def test_who_is_contained_is_not_judged(kind: str) -> None:
    """Nobody can find the consents of someone who has no record of their own."""
    contained = [{"resourceType": kind, "id": "p"}]
    score = {"code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]}}
    assert not label({"resourceType": "Observation"} | score, {}).doubt
    assert label({"resourceType": "Observation", "contained": contained} | score, {}).doubt


def test_words_of_a_contained_organization_are_not_judged() -> None:
    score = {"code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]}}
    said = {"resourceType": "Organization", "id": "o", "name": "A clinic for something"}
    assert label({"resourceType": "Observation", "contained": [said]} | score, {}).doubt
    bare = {"resourceType": "Organization", "id": "o", "active": True}
    assert not label({"resourceType": "Observation", "contained": [bare]} | score, {}).doubt
