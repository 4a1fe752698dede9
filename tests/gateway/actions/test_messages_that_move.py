"""Messages that change a referral, call it off or answer it move its Task as a PUT would."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, body_of, places
from messages import (
    ODS,
    REQUEST,
    SCORE,
    TASK,
    URN,
    added,
    changed,
    focus,
    header,
    processed,
    saying,
    told,
)

Json = dict[str, Any]
REASON = {"text": "The person lives outside our area."}
ROUTE = {
    "type": {"text": "next"},
    "valueReference": {
        "type": "HealthcareService",
        "identifier": {"system": "urn:x", "value": "other"},
    },
}


class Sent:
    """A referral of the trust to the drug service, by a message."""

    def __init__(self, house: House) -> None:
        self.house, self.trust, self.drugs = house, house.trust, house.drugs
        self.request, self.task = focus(processed(self.trust, told()))

    def status(self) -> str:
        return str(self.trust.read(self.task)["status"])

    def answers(self, status: str, by: Caller | None = None, **more: Any) -> Any:
        """What the service that was asked says to it."""
        return processed(by or self.drugs, self.answer(status, **more))

    def answer(self, status: str, **more: Any) -> Json:
        task = {
            "resourceType": "Task",
            "id": self.task.partition("/")[2],
            "status": status,
            "intent": "order",
            "focus": {"reference": REQUEST},
        }
        entries = [
            (f"{URN}00", header("servicerequest-response", destination=None, sender=None)),
            (REQUEST, self.named()),
            (TASK, task | more),
        ]
        return bundle(f"{status} of {self.task}", *entries)

    def named(self, **more: Any) -> Json:
        """The request by its id here, with no more than R4 asks for."""
        return {
            "resourceType": "ServiceRequest",
            "id": self.request.partition("/")[2],
            "status": "active",
            "intent": "plan",
            "subject": {"display": "as it was sent"},
        } | more

    def calls_off(self, by: Caller | None = None, **more: Any) -> Any:
        """Its sender says that it is not to be: by its id here, as it was read before."""
        entries = [
            (f"{URN}00", header(reason="update", destination=None, sender=None)),
            (REQUEST, self.named(status="revoked") | more),
        ]
        return processed(by or self.trust, bundle("called off", *entries))


def bundle(identity: str, *entries: tuple[str, Json]) -> Json:
    said = [(url, {k: v for k, v in each.items() if v is not None}) for url, each in entries]
    return {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:m", "value": identity},
        "type": "message",
        "timestamp": "2026-05-03T11:00:00Z",
        "entry": [{"fullUrl": url, "resource": each} for url, each in said],
    }


@pytest.fixture
def sent(house: House) -> Sent:
    return Sent(house)


def test_the_service_that_was_asked_accepts_by_a_message(sent: Sent) -> None:
    rows = sent.house.rows("audit")
    answer = sent.answers("accepted")
    assert focus(answer) == (sent.request, sent.task)
    assert sent.house.rows("audit") == rows + 1
    assert sent.status() == "accepted"


def test_the_same_answer_again_changes_nothing(sent: Sent) -> None:
    first = sent.answers("received")
    assert sent.answers("accepted").status == 200
    again = sent.answers("received")
    assert (again.status, again.body) == (200, first.body)
    assert sent.status() == "accepted"


def test_a_move_that_the_life_cycle_does_not_allow_is_refused_at_its_place(sent: Sent) -> None:
    answer = sent.answers("completed")
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[2].resource.status"]
    assert sent.status() == "requested"


def test_a_rejection_needs_a_reason_and_an_onward_route(sent: Sent) -> None:
    answer = sent.answers("rejected")
    assert places(answer) == [
        "Bundle.entry[2].resource.statusReason",
        "Bundle.entry[2].resource.output",
    ]
    assert sent.answers("rejected", statusReason=REASON, output=[ROUTE]).status == 200
    assert sent.trust.read(sent.request)["status"] == "active"


def test_a_rejection_until_the_other_problem_is_resolved_is_raised_to_the_sender(
    sent: Sent,
) -> None:
    reason = {"text": "Not until the other problem is resolved"}
    answer = sent.answers("rejected", statusReason=reason, output=[ROUTE])
    assert answer.status == 422
    assert sent.status() == "requested"
    code = "https://onestory.example/fhir/CodeSystem/referral|raised-refusal"
    assert (
        len(sent.trust.finds("Task", ("owner", sent.trust.who.organization), ("code", code))) == 1
    )


def test_who_neither_sent_it_nor_was_asked_moves_nothing(sent: Sent) -> None:
    never = sent.answers("accepted", by=sent.house.housing)
    assert never.status == 422
    assert places(never) == ["Bundle.entry[1].resource"]
    assert sent.calls_off(by=sent.house.housing).body == never.body
    assert sent.answers("accepted", by=sent.trust).status == 422
    assert sent.status() == "requested"


def test_its_sender_calls_a_referral_off(sent: Sent) -> None:
    answer = sent.calls_off()
    assert focus(answer) == (sent.request, sent.task)
    assert sent.status() == "cancelled"
    assert sent.trust.read(sent.request)["status"] == "revoked"
    assert sent.calls_off().body == answer.body


def test_a_referral_sent_by_mistake_is_marked_as_that(sent: Sent) -> None:
    assert sent.calls_off(status="entered-in-error").status == 200
    assert sent.status() == "entered-in-error"


def test_what_has_ended_is_not_called_off(sent: Sent) -> None:
    assert sent.answers("rejected", statusReason=REASON, output=[ROUTE]).status == 200
    answer = sent.calls_off()
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[1].resource"]


def test_the_service_that_was_asked_does_not_call_it_off_for_the_sender(sent: Sent) -> None:
    assert sent.calls_off(by=sent.drugs).status == 422
    assert sent.status() == "requested"


def test_its_sender_says_anew_what_it_is_about(sent: Sent) -> None:
    message = changed(saying(told("message-2"), reason="update"), REQUEST, priority="urgent")
    message = changed(message, SCORE, status="amended")
    (before,) = sent.trust.read(sent.request)["supportingInfo"]
    assert focus(processed(sent.trust, message)) == (sent.request, sent.task)
    now = sent.trust.read(sent.request)
    assert now["priority"] == "urgent"
    assert now["supportingInfo"] == [before]
    assert sent.trust.read(before["reference"])["status"] == "amended"
    assert sent.status() == "requested"


def test_what_is_said_anew_stays_with_the_service_that_was_asked(sent: Sent) -> None:
    other = {"type": "Organization", "identifier": {"system": ODS, "value": "HO1"}}
    goes = [{"endpoint": "urn:x", "receiver": other}]
    message = saying(told("message-2"), reason="update", destination=goes)
    answer = processed(sent.trust, message)
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[0].resource.destination[0].receiver"]


def test_nothing_is_said_anew_of_what_was_never_sent(house: House) -> None:
    answer = processed(house.trust, saying(told(), reason="update"))
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[1].resource"]


def test_an_answer_without_a_task_says_what_is_missing(sent: Sent) -> None:
    message = sent.answer("accepted")
    answer = processed(sent.drugs, message | {"entry": message["entry"][:2]})
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry"]


def test_what_an_answer_brings_besides_is_not_stored_and_that_is_said(sent: Sent) -> None:
    score = {"resourceType": "Observation", "status": "final", "code": {"text": "seen"}}
    message = added(sent.answer("accepted"), score, SCORE)
    held = sent.house.rows("resource")
    outcome = body_of(processed(sent.drugs, message))["entry"][1]["resource"]
    assert [each["expression"] for each in outcome["issue"]] == [["Bundle.entry[3].resource"]]
    assert sent.house.rows("resource") == held + 1  # the answer


def test_what_such_a_message_brings_cannot_be_named_in_the_task(sent: Sent) -> None:
    score = {"resourceType": "Observation", "status": "final", "code": {"text": "seen"}}
    output = [{"type": {"text": "seen"}, "valueReference": {"reference": SCORE}}]
    message = added(sent.answer("accepted", output=output), score, SCORE)
    answer = processed(sent.drugs, message)
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[2].resource"]
