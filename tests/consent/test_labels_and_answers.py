"""Labels depend on what was asked, never on what was answered: over resources made from R4's own
definitions, with every kind of answer that there can be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from to_label import RULES, of

import fhir_profiles

Json = dict[str, Any]
CODED = [(row["system"], code) for row in RULES["codes"] for code in row["codes"]]
# Where R4 keeps an answer, by type; what is worded is never labelled, so no words are drawn.
OBSERVED = fhir_profiles.load("structure/Observation.json")
UNITS = st.sampled_from(RULES["units"])


def a_coding() -> st.SearchStrategy[Json]:
    known = st.sampled_from(CODED).map(lambda key: {"system": key[0], "code": key[1]})
    unknown = st.text("abc", min_size=1).map(lambda code: {"system": "urn:x", "code": code})
    return known | unknown


def a_concept() -> st.SearchStrategy[Json]:
    return st.lists(a_coding(), min_size=1, max_size=3).map(lambda listed: {"coding": listed})


def a_quantity() -> st.SearchStrategy[Json]:
    coded = {"system": st.just("http://unitsofmeasure.org"), "code": st.sampled_from(["kg", "%"])}
    value = {"value": st.integers(-9, 999)}
    return st.fixed_dictionaries(value | coded, optional={"unit": st.text("xyz", min_size=1)}) | (
        st.fixed_dictionaries(value, optional={"unit": UNITS})
    )


def a_period() -> st.SearchStrategy[Json]:
    return st.just({"start": "2026-01-01", "end": "2026-02-01"})


# One for each type that R4 lets Observation.value[x] and its components have.
VALUES = {
    "valueQuantity": a_quantity(),
    "valueCodeableConcept": a_concept(),
    "valueBoolean": st.booleans(),
    "valueInteger": st.integers(0, 100),
    "valueRange": st.fixed_dictionaries({"low": a_quantity(), "high": a_quantity()}),
    "valueRatio": st.fixed_dictionaries({"numerator": a_quantity(), "denominator": a_quantity()}),
    "valueTime": st.just("10:30:00"),
    "valueDateTime": st.sampled_from(["2026-05-03", "2026-05-03T10:00:00Z"]),
    "valuePeriod": a_period(),
}
# In words, or as samples written as words: such an answer leaves any response not yet labelled.
WORDED = {"valueString", "valueSampledData"}


def test_every_answer_that_r4_knows_is_drawn() -> None:
    for owner in ("Observation", "Observation.component"):
        values = {name for name in OBSERVED[owner] if name.startswith("value")}
        assert values == VALUES.keys() | WORDED


def an_answer() -> st.SearchStrategy[Json]:
    """A value or none, with what was made of it."""
    one = st.sampled_from(sorted(VALUES)).flatmap(
        lambda name: VALUES[name].map(lambda value: {name: value})
    )
    beside = st.fixed_dictionaries(
        {},
        optional={
            "interpretation": st.lists(a_concept(), min_size=1, max_size=2),
            "dataAbsentReason": a_concept(),
        },
    )
    return st.builds(lambda value, more: value | more, one | st.just({}), beside)


def asked() -> st.SearchStrategy[Json]:
    """What an Observation asks, of one thing and of several at once."""
    code = a_concept()
    parts = st.lists(st.fixed_dictionaries({"code": code}), max_size=3)
    return st.fixed_dictionaries(
        {"resourceType": st.just("Observation"), "status": st.just("final"), "code": code},
        optional={"component": parts.filter(bool), "method": a_concept()},
    )


def answered(observation: Json, data: st.DataObject) -> Json:
    whole = observation | data.draw(an_answer())
    parts = [part | data.draw(an_answer()) for part in observation.get("component", [])]
    return whole | ({"component": parts} if parts else {})


@given(asked(), st.data())
def test_no_answer_changes_a_label(observation: Json, data: st.DataObject) -> None:
    alike = [of(observation), of(answered(observation, data)), of(answered(observation, data))]
    assert alike[0] == alike[1] == alike[2]
    assert alike[0].said == alike[1].said == alike[2].said


@given(asked(), a_concept(), st.data())
def test_another_question_does_change_it(one: Json, code: Json, data: st.DataObject) -> None:
    both = answered(one, data)
    both["component"] = [*one.get("component", []), {"code": code}]
    alone, besides = of(one), of({"resourceType": "Observation", "code": code})
    assert of(both).topics == alone.topics | besides.topics
    assert of(both).level == max(alone.level, besides.level)


OUTCOMES = {
    "Condition": {"clinicalStatus", "verificationStatus"},
    "Goal": {"achievementStatus"},
    "AllergyIntolerance": {"clinicalStatus", "verificationStatus"},
}
STATUS = {
    "clinicalStatus": ("condition-clinical", "active resolved remission"),
    "verificationStatus": ("condition-ver-status", "confirmed refuted unconfirmed"),
    "achievementStatus": ("goal-achievement", "achieved not-achieved"),
}


@pytest.mark.parametrize("kind", OUTCOMES)
def test_how_something_stands_never_changes_what_it_is_about(kind: str) -> None:
    """A refuted diagnosis is labelled like a confirmed one."""
    place = "description" if kind == "Goal" else "code"
    base = {"resourceType": kind, place: {"coding": [{"system": CODED[0][0], "code": CODED[0][1]}]}}
    for element in OUTCOMES[kind]:
        name, codes = STATUS[element]
        if kind == "AllergyIntolerance":
            name = name.replace("condition-ver-status", "allergyintolerance-verification")
            name = name.replace("condition-clinical", "allergyintolerance-clinical")
        system = f"http://terminology.hl7.org/CodeSystem/{name}"
        for code in codes.split():
            stands = {element: {"coding": [{"system": system, "code": code}]}}
            assert of(base | stands) == of(base)
