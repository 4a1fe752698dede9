"""A referral over HTTP: what may not be refused is raised; what is late, by a command."""

from __future__ import annotations

import json

from answers import assert_outcome, posted, refer
from houses import Situation
from made_up import referral

OURS = "https://onestory.example/fhir/CodeSystem/referral"
ALERT = "https://onestory.example/fhir/CodeSystem/alert"
NEXT = {"type": "HealthcareService", "identifier": {"system": "urn:made-up", "value": "1"}}


def test_a_no_until_the_other_problem_is_resolved_is_raised_to_the_sender(
    situation: Situation,
) -> None:
    trust, drugs = situation.trust, situation.drugs
    _, task, _ = posted(refer(trust, situation.at_trust, drugs.who.organization))
    stood = drugs.read(task)
    reason = {"text": "Not until the other problem is resolved."}
    output = [{"type": {"text": "next"}, "valueReference": NEXT}]
    no = stood | {"status": "rejected", "statusReason": reason, "output": output}
    assert_outcome(drugs.put(no), 422)
    assert drugs.read(task) == stood
    about = {"patient": situation.at_trust, "code": f"{OURS}|raised-refusal"}
    (raised,) = trust.search("Task", owner=trust.who.organization, **about)
    assert raised["focus"]["reference"] == task
    assert drugs.search("Task", patient=situation.at_drugs, code="raised-refusal") == []
    yes = no | {"statusReason": {"text": "Lives outside our area."}}
    assert drugs.put(yes).status_code == 200
    done = situation.house.server.verify()
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_late_is_raised_once_beside_a_running_server(situation: Situation) -> None:
    trust, drugs = situation.trust, situation.drugs
    entries = referral(situation.at_trust, trust.who.organization, drugs.who.organization)
    entries[1]["resource"]["restriction"] = {"period": {"end": "2026-03-01"}}
    _, task, _ = posted(trust.transact(entries))
    server = situation.house.server
    words = ("escalate", "--database", server.database, "--keys", str(server.keys))
    told = [json.loads(line) for line in server.command(*words).stdout.splitlines()]
    (raised,) = next(each["raised"] for each in told if each["task"] == task)
    late = drugs.read(task)
    assert (late["status"], late["priority"]) == ("requested", "urgent")
    (coding,) = late["businessStatus"]["coding"]
    assert (coding["system"], coding["code"]) == (OURS, "late")
    assert trust.read(raised)["focus"]["reference"] == task
    assert drugs.get(raised).status_code == 404
    assert server.command(*words).stdout == ""


def test_answers_alone_raise_their_alert(situation: Situation) -> None:
    trust = situation.trust
    item = [{"linkId": "phq9-9", "answer": [{"valueInteger": 1}]}]
    response = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://onestory.example/fhir/Questionnaire/phq-9",
        "status": "completed",
        "subject": {"reference": situation.at_trust},
        "item": item,
    }
    assert trust.post(response).status_code == 201
    code = f"{ALERT}|self-harm-item"
    (task,) = trust.search("Task", patient=situation.at_trust, code=code)
    assert task["status"] == "requested"
    assert task["owner"]["identifier"]["value"] == trust.who.ods
    assert task["restriction"]["period"]["end"]
