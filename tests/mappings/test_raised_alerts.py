"""Which alerts a response raises, however it is put together, and which Tasks count as one."""

import pytest

from mappings.alert_tasks import alert_of, is_whole
from mappings.alerting import raised_by
from mappings.systems import ALERT, QUESTIONNAIRE


def answered(*items, kind="phq-9", **more):
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{QUESTIONNAIRE}/{kind}",
        "status": "completed",
        "item": list(items),
    } | more


def item(number, *values, **more):
    answers = [{"valueInteger": value} for value in values]
    return {"linkId": f"phq9-{number}", "answer": answers} | more


LOINC = {"system": "http://loinc.org", "code": "LA6569-3"}
RAISING = {
    "alone": answered(item(9, 1)),
    "by its code": answered({"linkId": "phq9-9", "answer": [{"valueCoding": LOINC}]}),
    "of another version": answered(item(9, 1), kind="phq-9|99"),
    "below a group": answered({"linkId": "group", "item": [item(9, 1)]}),
    "below an answer": answered(
        {"linkId": "phq9-1", "answer": [{"valueInteger": 0, "item": [item(9, 2)]}]}
    ),
    "among several answers": answered(item(9, 0, 1, 0)),
    "while it is being filled in": answered(item(9, 3), status="in-progress"),
}


@pytest.mark.parametrize("case", RAISING)
def test_a_yes_is_heard(case):
    assert [one.id for one in raised_by(RAISING[case])] == ["self-harm-item"]


SILENT = {
    "a no": answered(item(9, 0)),
    "no answer": answered(item(9)),
    "something that is no answer to it": answered(item(9, 7)),
    "another item": answered(item(1, 3)),
    "an instrument without alerts": answered(item(9, 1), kind="gad-7"),
    "a questionnaire of somebody else": answered(item(9, 1)) | {"questionnaire": "urn:x"},
    "none at all": {"resourceType": "QuestionnaireResponse", "status": "completed"},
    "entered in error": answered(item(9, 1), status="entered-in-error"),
}


@pytest.mark.parametrize("case", SILENT)
def test_nothing_else_is(case):
    assert raised_by(SILENT[case]) == ()


WHOLE = {
    "status": "requested",
    "code": {"coding": [{"system": "urn:x", "code": "1"}, {"system": ALERT, "code": "a"}]},
    "for": {"reference": "Patient/1"},
    "owner": {"reference": "Organization/1"},
    "restriction": {"period": {"end": "2026-05-04"}},
}


def test_a_task_that_is_open_owned_and_limited_is_whole():
    assert is_whole(WHOLE)
    assert alert_of(WHOLE) == "a"
    assert alert_of({"code": {"coding": [{"system": "urn:x", "code": "1"}]}}) == ""
    for without in ("for", "owner", "restriction"):
        assert not is_whole({name: value for name, value in WHOLE.items() if name != without})
    assert not is_whole(WHOLE | {"status": "completed"})
