"""An alert is a Task for the recording organisation, and nothing else tells of it."""

import pytest
from fhir.resources.R4B.task import Task

import fhir_profiles
from consent import topics
from consent.labelling import label
from mappings.instruments import instrument
from mappings.moments import Moment, later
from mappings.screening import to_fhir

HEAD = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "recorded_at": "2026-03-01T10:30:00",
    "organization_ods": "RX4",
}
PHQ_9, CORE_10, C_SSRS = (instrument(kind) for kind in ("phq-9", "core-10", "c-ssrs-screener"))
NO = dict.fromkeys([f"phq9-{n}" for n in range(1, 10)], "0")


def entries(answers, held=PHQ_9, **head):
    return to_fhir(HEAD | head | answers, held).entries


def of(kind, answers, held=PHQ_9, **head):
    found = entries(answers, held, **head)
    return [one.resource for one in found if one.resource["resourceType"] == kind]


RAISING = {
    "at the lowest answer, whatever the total": NO | {"phq9-9": "1"},
    "at the highest": NO | {"phq9-9": "3"},
    "where no total can be made": {"phq9-9": "2"},
}


@pytest.mark.parametrize("case", RAISING)
def test_item_nine_raises_an_alert(case):
    (task,) = of("Task", RAISING[case])
    assert task["code"]["coding"] == [
        {"system": "https://onestory.example/fhir/CodeSystem/alert", "code": "self-harm-item"}
    ]


SILENT = {
    "item nine says no, at the highest total there is": dict.fromkeys(NO, "3") | {"phq9-9": "0"},
    "item nine is not answered": {"phq9-1": "3"},
}


@pytest.mark.parametrize("case", SILENT)
def test_nothing_else_raises_it(case):
    assert of("Task", SILENT[case]) == []


def test_the_task_has_an_owner_and_a_time_limit():
    (task,) = of("Task", NO | {"phq9-9": "1"}, practitioner_id="555253642100")
    Task.model_validate(task)
    assert task["owner"]["identifier"]["value"] == "RX4"
    assert task["requester"]["identifier"]["value"] == "555253642100"
    assert task["status"] == "requested"
    assert task["restriction"]["period"] == {
        "start": "2026-03-01T10:30:00+00:00",
        "end": "2026-03-02T10:30:00+00:00",
    }


def test_the_task_is_an_entry_of_its_own_and_stored_once():
    _, response, _, task = entries(NO | {"phq9-9": "1"})
    assert task.resource["focus"]["reference"] == response.full_url
    value = task.resource["identifier"][0]["value"]
    assert value.endswith(".self-harm-item")
    assert task.if_none_exist == f"identifier=https://onestory.example/fhir/Id/row-digest|{value}"


def test_neither_the_response_nor_a_score_tells_of_it():
    """Two people with a total of 1, one with an alert: what others may read has one shape."""
    with_alert, without = NO | {"phq9-9": "1"}, NO | {"phq9-1": "1"}
    shapes = []
    for answers in (with_alert, without):
        (response,) = of("QuestionnaireResponse", answers)
        (score,) = of("Observation", answers)
        own = response.pop("identifier")["value"]
        assert score.pop("identifier")[0]["value"] == f"{own}.phq-9"
        del response["item"], score["derivedFrom"]
        shapes.append((response, score))
    assert shapes[0] == shapes[1]


def test_no_permit_releases_the_task():
    """Its words are free text, which leaves it not yet labelled; and it is about self-harm."""
    (task,) = of("Task", NO | {"phq9-9": "1"})
    found = label(task, {})
    assert found.doubt
    assert found.topics & topics.mask_of("self-harm")


def test_words_say_what_to_do_and_grade_no_risk():
    for alert in fhir_profiles.load("tables/alerts.json")["alerts"].values():
        said = alert["do"].lower()
        assert "999" in said
        for grade in ("risk", "high", "severe", "danger to", "urgent"):
            assert grade not in said, grade


def test_any_yes_of_the_suicide_screener_raises_it_and_no_throughout_does_not():
    for link_id in C_SSRS.by_link_id:
        answers = {"cssrs-2": "y", link_id: "y"}
        assert len(of("Task", answers, C_SSRS)) == 1, link_id
    assert of("Task", dict.fromkeys(C_SSRS.by_link_id, "n"), C_SSRS) == []


def test_an_item_whose_number_nobody_confirmed_raises_nothing():
    answers = dict.fromkeys(CORE_10.by_link_id, "4")
    assert CORE_10.alerts == ()
    assert of("Task", answers, CORE_10) == []


LATER = {
    "2026-03-01": "2026-03-02",
    "2026-03-01T10:30:00.123456789+01:00": "2026-03-02T10:30:00+01:00",
    "2026-12-31T23:59:59Z": "2027-01-01T23:59:59+00:00",
    "9999-12-31": "9999-12-31",
}


@pytest.mark.parametrize("text", LATER)
def test_a_day_later(text):
    assert later(Moment(text), 24) == LATER[text]


def test_begun_days_count_as_days():
    assert later(Moment("2026-03-01"), 25) == "2026-03-03"
    assert later(Moment("2026-03-01"), 4) == "2026-03-02"
