"""An alert is raised whoever sends the answers and however, once, for the service that recorded."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from callers import TERMINOLOGY, Caller, House, body_of, consent, entry, patient, places, score

from gateway.actions.preferring import Return

Json = dict[str, Any]
ALERT = "https://onestory.example/fhir/CodeSystem/alert"
DIGEST = "https://onestory.example/fhir/Id/row-digest"
PHQ_9 = "https://onestory.example/fhir/Questionnaire/phq-9"


def answered(subject: str, nine: int | None = 1, **more: Any) -> Json:
    given = dict.fromkeys(range(1, 9), 0) | ({9: nine} if nine is not None else {})
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": PHQ_9,
        "status": "completed",
        "subject": {"reference": subject},
        "authored": "2026-05-03T09:30:00Z",
        "item": [
            {"linkId": f"phq9-{n}", "answer": [{"valueInteger": value}]}
            for n, value in given.items()
        ],
    } | more


def task_of(subject: str, response: str, ods: str = "RX1", **more: Any) -> Json:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": ALERT, "code": "self-harm-item"}]},
        "focus": {"reference": response},
        "for": {"reference": subject},
        "owner": {
            "identifier": {
                "system": "https://fhir.nhs.uk/Id/ods-organization-code",
                "value": ods,
            }
        },
        "restriction": {"period": {"end": "2026-05-04T09:30:00Z"}},
    } | more


def raised(caller: Caller, subject: str) -> list[Json]:
    found = caller.finds("Task", ("patient", subject), ("code", f"{ALERT}|self-harm-item"))
    return [caller.read(each) for each in found]


def test_a_response_alone_raises_the_task_for_its_recorder(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    response = trust.writes(answered(subject))
    (task,) = raised(trust, subject)
    assert task["focus"]["reference"] == response
    assert task["for"]["reference"] == subject
    assert task["owner"]["identifier"]["value"] == "RX1"
    assert task["restriction"]["period"]["end"] > "2026-05-04T10:00"
    assert "999" in task["description"]
    assert trust.finds("Task", owner=trust.who.organization) == [f"Task/{task['id']}"]


@pytest.mark.parametrize("nine", [0, None])
def test_a_no_or_no_answer_raises_nothing(house: House, nine: int | None) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    trust.writes(answered(subject, nine))
    assert raised(trust, subject) == []


def test_a_version_that_nobody_here_knows_raises_it_too(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    trust.writes(answered(subject, questionnaire=f"{PHQ_9}|99"))
    assert len(raised(trust, subject)) == 1


def test_a_response_entered_in_error_raises_nothing(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    trust.writes(answered(subject, status="entered-in-error"))
    assert raised(trust, subject) == []


def test_a_correction_to_yes_raises_it_once(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    stored = trust.created(answered(subject, 0))
    assert raised(trust, subject) == []
    yes = answered(subject, 2) | {"id": stored["id"]}
    assert trust.put(yes).status == 200
    assert len(raised(trust, subject)) == 1
    assert trust.put(answered(subject, 3) | {"id": stored["id"]}).status == 200
    assert len(raised(trust, subject)) == 1


def test_a_patch_to_yes_raises_it(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    response = trust.writes(answered(subject, 0))
    change = {"op": "replace", "path": "/item/8/answer/0/valueInteger", "value": 1}
    assert trust.patch(response, change).status == 200
    assert len(raised(trust, subject)) == 1


def ended(trust: Caller, task: Json) -> None:
    over = task | {"status": "cancelled", "statusReason": {"text": "We talked."}}
    assert trust.put(over).status == 200


def test_what_was_dealt_with_is_raised_again_only_for_a_new_yes(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    stored = trust.created(answered(subject, 1))
    ended(trust, raised(trust, subject)[0])
    for nine, tasks in ((2, 1), (0, 1), (1, 2)):
        assert trust.put(answered(subject, nine) | {"id": stored["id"]}).status == 200
        assert len(raised(trust, subject)) == tasks


def test_a_batch_and_a_conditional_update_raise_it(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    answer = trust.transact(entry(answered(subject)), kind="batch")
    assert body_of(answer)["entry"][0]["response"]["status"].startswith("201")
    assert len(raised(trust, subject)) == 1
    named = answered(subject, identifier={"system": "urn:x", "value": "2"})
    assert trust.put_where("QuestionnaireResponse?identifier=urn:x|2", named).status == 201
    assert len(raised(trust, subject)) == 2


def test_a_transaction_with_its_own_task_gets_no_second(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    response = f"urn:uuid:{uuid4()}"
    trust.sent(entry(answered(subject), response), entry(task_of(subject, response)))
    assert len(raised(trust, subject)) == 1


@pytest.mark.parametrize(
    "without", ["owner", "restriction", "another's", "over", "another response"]
)
def test_a_task_that_nobody_has_to_do_does_not_count(house: House, without: str) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    other = trust.writes(answered(subject, 0))
    response = f"urn:uuid:{uuid4()}"
    task = task_of(subject, response, "DA1" if without == "another's" else "RX1")
    task.pop(without, None)
    task |= {"status": "completed"} if without == "over" else {}
    task |= {"focus": {"reference": other}} if without == "another response" else {}
    trust.sent(entry(answered(subject), response), entry(task))
    found = [each for each in raised(trust, subject) if each.get("description")]
    assert len(found) == 1


def test_one_that_follows_by_its_digest_finds_what_was_raised(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    response = trust.writes(answered(subject, identifier={"system": DIGEST, "value": "abc"}))
    once = f"identifier={DIGEST}|abc.self-harm-item"
    name = [{"system": DIGEST, "value": "abc.self-harm-item"}]
    answer = trust.post(task_of(subject, response, identifier=name), once)
    assert answer.status == 200
    assert len(raised(trust, subject)) == 1


def test_nothing_is_raised_where_the_transaction_is_refused(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    wrong = score("Patient/unknown")
    assert trust.transact(entry(answered(subject)), entry(wrong)).status == 422
    assert raised(trust, subject) == []


def test_it_is_about_self_harm_and_no_permit_releases_it(house: House) -> None:
    trust, drugs = house.trust, house.drugs
    subject, theirs = trust.writes(patient()), drugs.writes(patient())
    response = trust.writes(answered(subject))
    (task,) = raised(trust, subject)
    labels = {each["code"] for each in task["meta"]["security"]}
    assert {"self-harm", "MH"} <= labels
    me = house.person()
    me.writes(consent(me.me, "permit", drugs.who.organization, purpose=_treatment()))
    assert drugs.get(response).status == 200
    assert drugs.get(f"Task/{task['id']}").status == 404
    assert drugs.finds("Task", patient=theirs) == []


def _treatment() -> list[Json]:
    return [{"system": TERMINOLOGY + "v3-ActReason", "code": "TREAT"}]


@pytest.mark.parametrize("total", [3, 7])
def test_a_score_sent_later_is_held_against_its_answers(house: House, total: int) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    response = trust.writes(answered(subject, 3))
    value = score(subject)["valueQuantity"] | {"value": total}
    made = [{"reference": response}]
    answer = trust.post(score(subject, "44261-6", derivedFrom=made, valueQuantity=value))
    assert answer.status == (201 if total == 3 else 422)
    if total == 7:
        assert places(answer) == ["Observation.valueQuantity.value"]


def test_a_score_is_not_changed_to_what_the_answers_do_not_make(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    response = trust.writes(answered(subject, 3))
    value = score(subject)["valueQuantity"] | {"value": 3}
    made = [{"reference": response}]
    stored = trust.created(score(subject, "44261-6", derivedFrom=made, valueQuantity=value))
    assert trust.put(stored | {"valueQuantity": value | {"value": 4}}).status == 422
    assert trust.put(stored | {"note": [{"text": "seen"}]}).status == 200


def test_anothers_answers_say_nothing_about_a_score(house: House) -> None:
    trust, drugs = house.trust, house.drugs
    response = trust.writes(answered(trust.writes(patient()), 3))
    subject = drugs.writes(patient())
    made = [{"reference": response}]
    assert drugs.post(score(subject, "44261-6", derivedFrom=made)).status == 201


def test_a_correction_says_which_score_has_to_be_sent_again(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    stored = trust.created(answered(subject, 3))
    made = [{"reference": f"QuestionnaireResponse/{stored['id']}"}]
    value = score(subject)["valueQuantity"] | {"value": 3}
    total = trust.writes(score(subject, "44261-6", derivedFrom=made, valueQuantity=value))

    def corrected(nine: int) -> str:
        body = msgspec.json.encode(answered(subject, nine) | {"id": stored["id"]})
        type_, outcome = "QuestionnaireResponse", Return.OUTCOME
        update = trust.gateway.update(trust.who, type_, stored["id"], body, None, outcome)
        answer = asyncio.run(update)
        assert answer.status == 200, answer.body
        return answer.body.decode()

    assert total in corrected(2)
    assert total not in corrected(3)
