"""What a code, a type or a reference set says; a near miss says nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from to_label import (
    LOINC,
    OPIOIDS,
    OURS,
    PATIENT,
    RULES,
    SNOMED,
    UNKNOWN,
    codes,
    concept,
    observation,
    of,
    of_type,
    task,
)

from consent.labelling import NORMAL
from consent.topics import LEVELS, mask_of


@pytest.mark.parametrize(
    ("code", "system", "expected", "level"),
    [
        ("75626-2", LOINC, "ETHUD", "R"),
        ("75624-7", LOINC, "ETHUD", "R"),
        ("763256006", SNOMED, "ETHUD", "R"),
        ("44261-6", LOINC, "MH self-harm", "R"),
        ("44260-8", LOINC, "self-harm", "R"),
        ("44250-9", LOINC, "MH", "R"),
        ("506701000000100", SNOMED, "MH self-harm", "R"),
        ("assist-lite-uk.tobacco", f"{OURS}/CodeSystem/score", "smoking", "N"),
        ("assist-lite-uk.cannabis", f"{OURS}/CodeSystem/score", "drugs", "R"),
        ("assist-lite-uk.other", f"{OURS}/CodeSystem/score", "drugs", "R"),
        ("assist-lite-uk.opioids", f"{OURS}/CodeSystem/score", "OPIOIDUD", "R"),
        ("assist-lite-uk.alcohol", f"{OURS}/CodeSystem/score", "ETHUD", "R"),
        ("ldq.total", f"{OURS}/CodeSystem/score", "drugs", "R"),
        ("75544000", SNOMED, "OPIOIDUD", "R"),
        ("85005007", SNOMED, "drugs", "R"),
        ("1254812006", SNOMED, "SUD", "R"),
        ("32911000", SNOMED, "social", "N"),
        ("766561000000109", SNOMED, "SDV", "R"),
        ("979661000000102", SNOMED, "ETHUD drugs", "R"),
        ("8480-6", LOINC, "physical", "N"),
    ],
)
def test_a_code_is_labelled_by_what_it_is_about(
    code: str, system: str, expected: str, level: str
) -> None:
    labels = of(observation(code, system))
    assert codes(labels) == set(expected.split())
    assert LEVELS[labels.level] == level
    assert not labels.doubt


def test_a_condition_is_labelled_like_an_observation() -> None:
    condition = {"resourceType": "Condition", "code": concept("75544000")}
    assert codes(of(condition)) == {"OPIOIDUD"}


@pytest.mark.parametrize("value", [0, 12])
def test_a_zero_score_carries_the_labels_of_a_high_one(value: int) -> None:
    scored = observation("75626-2", valueQuantity={"value": value, "unit": "score"})
    assert of(scored) == of(observation("75626-2"))


@given(
    st.sampled_from([code for row in RULES["codes"] for code in row["codes"]]),
    st.sampled_from(
        [
            {},
            {"valueQuantity": {"value": 3}},
            {"valueBoolean": False},
            {"valueCodeableConcept": concept("75544000")},
            {"interpretation": [concept("low", f"{OURS}/CodeSystem/band")]},
            {"dataAbsentReason": concept("asked-declined", "x")},
        ]
    ),
)
def test_a_value_never_changes_the_label_of_an_observation(
    code: str, value: dict[str, Any]
) -> None:
    system = next(row["system"] for row in RULES["codes"] if code in row["codes"])
    assert of(observation(code, system, **value)) == of(observation(code, system))


def test_an_alert_task_is_about_what_it_alerts_to() -> None:
    alert = task(code=concept("self-harm-item", f"{OURS}/CodeSystem/alert"))
    labels = of(alert)
    assert (codes(labels), LEVELS[labels.level]) == ({"self-harm"}, "R")


KEPT = [
    ("alert", "self-harm-item"),
    ("care-plan", "plan-lacking"),
    ("care-plan", "review-near"),
    ("referral", "raised-refusal"),
    ("referral", "raised-late"),
]


@pytest.mark.parametrize(("system", "code"), KEPT, ids=[code for _, code in KEPT])
def test_what_the_gateway_raises_is_for_whom_it_is_sent_to(system: str, code: str) -> None:
    raised = of(task(code=concept(code, f"{OURS}/CodeSystem/{system}")))
    assert (raised.pending, raised.unjudged) == (True, False)


@pytest.mark.parametrize(
    ("resource", "known"),
    [
        (of_type("Condition", code=OPIOIDS), "OPIOIDUD"),
        (of_type("Procedure", code=concept("225323000")), "smoking"),
        (of_type("Flag", code=concept("401206008")), "self-harm"),
        (of_type("Goal", description=concept("712542001")), "drugs"),
        (of_type("Encounter", reasonCode=[OPIOIDS]), "OPIOIDUD"),
        (of_type("Appointment", reasonCode=[OPIOIDS]), "OPIOIDUD"),
        (of_type("Communication", topic=OPIOIDS), "OPIOIDUD"),
        (of_type("CareTeam", reasonCode=[OPIOIDS]), "OPIOIDUD"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["resourceType"],
)
def test_every_clinical_type_is_labelled_by_its_codes(resource: dict[str, Any], known: str) -> None:
    assert of(resource).topics == mask_of(known)
    assert not of(resource).doubt
    for name, value in resource.items():
        if isinstance(value, dict | list) and name != "subject":
            unknown = resource | {name: UNKNOWN if isinstance(value, dict) else [UNKNOWN]}
            assert of(unknown).doubt


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationStatement"])
def test_a_medicine_is_physical_by_type_and_more_by_its_code(kind: str) -> None:
    assert of(of_type(kind)) == of(of_type(kind, medicationReference={"reference": "Medication/1"}))
    assert of(of_type(kind)).topics == mask_of("physical")
    assert of(of_type(kind)).level == NORMAL
    for_opioids = of(of_type(kind, medicationCodeableConcept=OPIOIDS))
    assert for_opioids.topics == mask_of("physical", "OPIOIDUD")
    assert for_opioids.level == LEVELS.index("R")
    assert of(of_type(kind, medicationCodeableConcept=UNKNOWN)).doubt


def test_an_allergy_is_physical_by_type_and_pending_where_its_code_is_unknown() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "patient": PATIENT}
    assert of(allergy).topics == mask_of("physical")
    assert not of(allergy).doubt
    assert of(allergy | {"code": UNKNOWN}).doubt


def test_no_code_has_two_rules() -> None:
    ruled = [(row["system"], code) for row in RULES["codes"] for code in row["codes"]]
    assert len(set(ruled)) == len(ruled)
