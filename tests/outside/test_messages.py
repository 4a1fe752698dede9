"""A referral as a BaRS message over HTTP: sent, told, answered, changed and called off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from answers import assert_outcome, is_refused
from houses import Situation
from made_up import ODS, Person

Json = dict[str, Any]
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "referral-message.json"
OURS = "https://onestory.example/fhir/CodeSystem/referral"


def message(person: Person) -> Json:
    """The example of the documentation, between the services of these tests, about somebody."""
    text = EXAMPLE.read_text().replace("ZZDA1", "DA1").replace("ZZMH1", "RX1")
    told: Json = json.loads(text.replace("9990000018", person.number))
    told["identifier"]["value"] = person.number[::-1]
    for number, each in enumerate(told["entry"]):
        if "id" in each["resource"]:
            each["resource"]["id"] = f"{person.number[::-1]}-{number}"
    return told


def answering(told: Json, identity: str, **task: Any) -> Json:
    """What the service that was asked says to a message that it was told."""
    head, first, *rest = told["entry"]
    event = head["resource"]["eventCoding"] | {"code": "servicerequest-response"}
    kept = {name: head["resource"][name] for name in ("resourceType", "source", "focus")}
    (moved,) = (each for each in rest if each["resource"]["resourceType"] == "Task")
    return told | {
        "identifier": {"system": "urn:m", "value": identity},
        "entry": [
            head | {"resource": kept | {"eventCoding": event}},
            first,
            moved | {"resource": moved["resource"] | task},
        ],
    }


def saying(told: Json, identity: str, reason: str, **request: Any) -> Json:
    """What the sender says anew of a referral that it was told back."""
    head, first, *rest = told["entry"]
    coding = head["resource"]["reason"]["coding"][0] | {"code": reason}
    header = head["resource"] | {"reason": {"coding": [coding]}}
    return told | {
        "identifier": {"system": "urn:m", "value": identity},
        "entry": [
            head | {"resource": header},
            first | {"resource": first["resource"] | request},
            *rest,
        ],
    }


def sent(situation: Situation) -> tuple[str, str]:
    answer = situation.trust.send("POST", "$process-message", message(situation.person))
    assert answer.status_code == 200, answer.text
    request, task = (each["reference"] for each in answer.json()["entry"][0]["resource"]["focus"])
    return request, task


def told(client: Any, request: str) -> Json:
    answer = client.get(f"{request}/$message")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_a_message_reaches_the_service_and_its_answer_the_sender(situation: Situation) -> None:
    trust, drugs, housing = situation.trust, situation.drugs, situation.house.housing
    request, task = sent(situation)
    (found,) = drugs.search("Task", owner=drugs.who.organization, _id=task.partition("/")[2])
    assert found["restriction"]["period"]["end"]
    assert is_refused(housing, request)
    assert_outcome(housing.get(f"{request}/$message"), 404)
    (score,) = drugs.read(request)["supportingInfo"]
    assert drugs.read(score["reference"])["valueQuantity"]["value"] == 7
    yes = answering(told(drugs, request), "yes", status="accepted")
    assert drugs.send("POST", "$process-message", yes).status_code == 200
    assert trust.read(task)["status"] == "accepted"


def test_a_no_that_may_not_be_said_is_raised_by_a_message_too(situation: Situation) -> None:
    trust, drugs = situation.trust, situation.drugs
    request, task = sent(situation)
    route = {"type": "HealthcareService", "identifier": {"system": ODS, "value": "XX1"}}
    no = answering(
        told(drugs, request),
        "no",
        status="rejected",
        statusReason={"text": "Not until the other problem is resolved."},
        output=[{"type": {"text": "next"}, "valueReference": route}],
    )
    outcome = assert_outcome(drugs.send("POST", "$process-message", no), 422)
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "REC_UNPROCESSABLE_ENTITY"
    assert trust.read(task)["status"] == "requested"
    raised = trust.search("Task", owner=trust.who.organization, code=f"{OURS}|raised-refusal")
    assert task in {each["focus"]["reference"] for each in raised}


def test_its_sender_changes_it_and_calls_it_off_by_what_it_was_told(situation: Situation) -> None:
    trust = situation.trust
    request, task = sent(situation)
    urgent = saying(told(trust, request), "urgent", "update", priority="urgent")
    answer = trust.send("POST", "$process-message", urgent)
    assert answer.status_code == 200, answer.text
    assert trust.read(request)["priority"] == "urgent"
    off = saying(told(trust, request), "off", "update", status="revoked")
    assert trust.send("POST", "$process-message", off).status_code == 200
    assert trust.read(task)["status"] == "cancelled"
    assert trust.read(request)["status"] == "revoked"
    done = situation.house.server.verify()
    assert done.returncode == 0, done.stdout + done.stderr
