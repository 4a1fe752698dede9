"""A referral carries the labels of all that it names, a contact those of its reasons."""

from __future__ import annotations

from typing import Any

import pytest
from to_label import NAMED, REASON, codes, concept, of, of_type, request, task

from consent.labelling import Labels, depends_on
from consent.topics import LEVELS, mask_of


def test_a_contained_resource_lends_its_labels() -> None:
    inside = {"resourceType": "Condition", "id": "c", "code": concept("75544000")}
    outside = request(contained=[inside], reasonReference=[{"reference": "#c"}])
    assert codes(of(outside)) == {"ETHUD", "drugs", "OPIOIDUD"}
    assert not of(outside).doubt


SUPPORT = {"supportingInfo": [{"reference": "QuestionnaireResponse/q/_history/2"}]}


def test_a_referral_carries_the_labels_of_all_that_it_names() -> None:
    sent = request(**SUPPORT, reasonReference=[{"reference": "Condition/c"}])
    assert depends_on(sent) == ("Condition/c", "QuestionnaireResponse/q")
    labels = of(
        sent,
        QuestionnaireResponse_q=Labels(mask_of("MH"), 4),
        Condition_c=Labels(mask_of("SDV"), 5, ceiling=True),
    )
    assert codes(labels) == {"ETHUD", "drugs", "MH", "SDV"}
    assert LEVELS[labels.level] == "V"
    assert labels.ceiling
    assert not labels.doubt


def test_a_task_carries_the_labels_of_its_focus_and_its_input() -> None:
    sent = task(
        focus={"reference": "ServiceRequest/s"},
        input=[
            {
                "type": concept("fulfill", "http://hl7.org/fhir/CodeSystem/task-code"),
                "valueReference": {"reference": "Observation/o"},
            }
        ],
    )
    assert depends_on(sent) == ("Observation/o", "ServiceRequest/s")
    labels = of(sent, ServiceRequest_s=Labels(1, 3), Observation_o=Labels(2, 4))
    assert (labels.topics, labels.level, labels.doubt) == (3, 4, False)


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Observation/unknown"},
        {"reference": "https://elsewhere.example/fhir/Observation/1"},
        {"reference": "urn:uuid:9f1b1e5e-0000-4000-8000-000000000000"},
        {"identifier": {"system": "s", "value": "v"}},
        {"type": "Observation", "identifier": {"system": "s", "value": "v"}},
    ],
)
def test_a_referral_that_names_what_nobody_can_judge_stays_pending(
    reference: dict[str, Any],
) -> None:
    assert of(request(supportingInfo=[reference])).doubt


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/1"},
        {"reference": "Consent/1"},
        {"reference": "https://elsewhere.example/fhir/Organization/1"},
        {"type": "Organization", "identifier": {"system": "s", "value": "v"}},
    ],
)
def test_a_referral_may_name_what_has_no_clinical_content(reference: dict[str, Any]) -> None:
    sent = request(supportingInfo=[reference])
    assert depends_on(sent) == ()
    assert not of(sent).doubt


def test_what_is_not_yet_labelled_leaves_the_referral_pending() -> None:
    assert of(request(**SUPPORT), QuestionnaireResponse_q=Labels(unjudged=True)).doubt


@pytest.mark.parametrize(
    "resource",
    [
        of_type("Encounter", **REASON),
        of_type("Appointment", **REASON),
        of_type("Communication", **REASON),
        of_type("Goal", addresses=REASON["reasonReference"]),
    ],
    ids=lambda value: str(value["resourceType"]),
)
def test_a_contact_carries_the_labels_of_its_reasons(resource: dict[str, Any]) -> None:
    labels = of(resource, **NAMED)
    assert (labels.topics, labels.level) == (mask_of("MH"), LEVELS.index("R"))
    assert not labels.doubt
    assert of(resource).doubt
