"""The life of a referral: who moves it where, what each move needs, and what may not be refused."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

import msgspec
import pytest
from callers import Caller, House, body_of, entry, patient, places, referral

from gateway.actions.preferring import Return
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.service_kinds import give_kind

Json = dict[str, Any]
OURS = "https://onestory.example/fhir/CodeSystem/referral"
SNOMED = "http://snomed.info/sct"
WAITS = {"text": "We will see them once sober."}
NEXT = {
    "type": {"coding": [{"system": OURS, "code": "onward-route"}]},
    "valueReference": {
        "type": "HealthcareService",
        "identifier": {"system": "urn:x", "value": "other"},
    },
}


class Sent:
    """A referral of the trust to the drug service."""

    def __init__(self, house: House, **task: Any) -> None:
        self.house, self.trust, self.drugs = house, house.trust, house.drugs
        self.subject = self.trust.writes(patient())
        sender, receiver = self.trust.who.organization, self.drugs.who.organization
        entries = referral(self.subject, sender, receiver, **task)
        self.request, self.task = self.trust.sent(*entries)[:2]

    def moves(self, status: str, by: Caller | None = None, **more: Any) -> Any:
        caller = by or self.drugs
        return caller.put(caller.read(self.task) | {"status": status} | more)

    def raised(self, kind: str = "raised-refusal") -> list[Json]:
        found = self.trust.finds("Task", ("patient", self.subject), ("code", f"{OURS}|{kind}"))
        return [self.trust.read(each) for each in found]


@pytest.fixture
def sent(house: House) -> Sent:
    return Sent(house)


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


REASONS = {
    "the code for until alcohol is resolved": coded(SNOMED, "933641000000103"),
    "our code": coded(OURS, "primary-diagnosis"),
    "declined, with our code beside it": {
        "coding": [
            {"system": SNOMED, "code": "380861000000109"},
            {"system": OURS, "code": "substance-use"},
        ]
    },
    "the plain words": {"text": "Not until the other problem is resolved"},
    "words in order": {"text": "Please refer again once her drinking has been treated."},
    "the other way round": {"text": "Wait until the mental health problem is stable"},
}


@pytest.mark.parametrize("case", REASONS)
def test_a_rejection_until_the_other_problem_is_resolved_is_refused_and_raised(
    sent: Sent, case: str
) -> None:
    before = sent.drugs.read(sent.task)
    answer = sent.moves("rejected", statusReason=REASONS[case], output=[NEXT])
    assert answer.status == 422
    assert places(answer) == ["Task.statusReason"]
    assert "together" in body_of(answer)["issue"][0]["diagnostics"]
    assert sent.drugs.read(sent.task) == before
    (raised,) = sent.raised()
    assert raised["owner"]["reference"] == sent.trust.who.organization
    assert raised["focus"]["reference"] == sent.task
    assert raised["basedOn"] == [{"reference": sent.request}]
    assert raised["for"]["reference"] == sent.subject
    assert raised["restriction"]["period"]["end"]


OTHER = {
    "out of the area": {"text": "The person lives outside our area."},
    "they declined": coded(SNOMED, "1091431000000107"),
    "they are helped already": {"text": "Already in treatment for alcohol with another service."},
}


@pytest.mark.parametrize("case", OTHER)
def test_a_rejection_for_another_reason_with_an_onward_route_stands(sent: Sent, case: str) -> None:
    answer = sent.moves("rejected", statusReason=OTHER[case], output=[NEXT])
    assert answer.status == 200
    assert sent.raised() == []
    assert sent.trust.read(sent.request)["status"] == "active"


def test_a_rejection_needs_a_reason_and_an_onward_route(sent: Sent) -> None:
    answer = sent.moves("rejected")
    assert answer.status == 422
    assert places(answer) == ["Task.statusReason", "Task.output"]
    assert sent.raised() == []


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "HealthcareService/5f3c1d0e-5d3f-4b8e-9a5e-0d3c1b2a4f60"},
        {"reference": "Organization/x"},
        {"type": "HealthcareService", "display": "Somewhere"},
    ],
    ids=["not held", "of another type", "not named"],
)
def test_a_route_that_leads_nowhere_is_none(sent: Sent, reference: Json) -> None:
    output = [{"type": {"text": "next"}, "valueReference": reference}]
    answer = sent.moves("rejected", statusReason=OTHER["out of the area"], output=output)
    assert answer.status == 422
    assert places(answer)[0].startswith("Task.output")


def test_the_referral_itself_is_no_onward_route_and_a_service_that_is_held_is(sent: Sent) -> None:
    again = [{"type": {"text": "next"}, "valueReference": {"reference": sent.request}}]
    reason = OTHER["out of the area"]
    assert sent.moves("rejected", statusReason=reason, output=again).status == 422
    service = {"resourceType": "HealthcareService", "name": "Nearer to home"}
    own = {"reference": sent.drugs.who.organization}
    held = sent.drugs.writes(service | {"providedBy": own})
    there = [{"type": {"text": "next"}, "valueReference": {"reference": held}}]
    assert sent.moves("rejected", statusReason=reason, output=there).status == 200


@pytest.mark.parametrize("status", ["failed", "on-hold", "cancelled"])
def test_nor_may_it_wait_or_end_for_such_a_reason(sent: Sent, status: str) -> None:
    assert sent.moves("accepted").status == 200
    assert sent.moves(status, statusReason=WAITS).status == 422
    assert len(sent.raised()) == 1
    other = {"text": "The person asked for a pause."}
    assert sent.moves(status, statusReason=other).status == 200


def test_it_is_raised_once_while_it_is_open(sent: Sent) -> None:
    for _ in range(2):
        assert sent.moves("rejected", statusReason=WAITS, output=[NEXT]).status == 422
    (raised,) = sent.raised()
    assert sent.trust.put(raised | {"status": "completed"}).status == 200
    assert sent.moves("rejected", statusReason=WAITS, output=[NEXT]).status == 422
    assert len(sent.raised()) == 2


def by_patch(sent: Sent) -> Any:
    changes = [
        {"op": "replace", "path": "/status", "value": "rejected"},
        {"op": "add", "path": "/statusReason", "value": WAITS},
        {"op": "add", "path": "/output", "value": [NEXT]},
    ]
    return sent.drugs.patch(sent.task, *changes)


def rejected(sent: Sent) -> Json:
    said = {"status": "rejected", "statusReason": WAITS, "output": [NEXT]}
    return entry(sent.drugs.read(sent.task) | said, method="PUT", url=sent.task)


def by_transaction(sent: Sent) -> Any:
    mine = sent.drugs.read(sent.task)["for"]["reference"]
    return sent.drugs.transact(rejected(sent), entry({"resourceType": "Flag"} | flag(mine)))


def flag(subject: str) -> Json:
    return {"status": "active", "code": {"text": "x"}, "subject": {"reference": subject}}


@pytest.mark.parametrize("way", [by_patch, by_transaction])
def test_whichever_way_it_comes(sent: Sent, way: Any) -> None:
    assert way(sent).status == 422
    assert len(sent.raised()) == 1
    assert sent.drugs.read(sent.task)["status"] == "requested"
    mine = sent.drugs.read(sent.task)["for"]["reference"]
    assert sent.drugs.finds("Flag", patient=mine) == []


def test_in_a_batch_the_other_entries_stand(sent: Sent) -> None:
    mine = sent.drugs.read(sent.task)["for"]["reference"]
    other = entry({"resourceType": "Flag"} | flag(mine))
    answer = sent.drugs.transact(rejected(sent), other, kind="batch")
    statuses = [each["response"]["status"][:3] for each in body_of(answer)["entry"]]
    assert statuses == ["422", "201"]
    assert len(sent.raised()) == 1


def test_a_refusal_and_what_is_raised_leave_one_row_that_names_both(sent: Sent) -> None:
    before = len(sent.house.entries())
    sent.moves("rejected", statusReason=WAITS, output=[NEXT])
    read, entry_ = sent.house.entries()[before:]
    assert read["interaction"] == "read"
    assert (entry_["outcome"], entry_["status"]) == ("refused", 422)
    raised = [f"Task/{each['id']}" for each in sent.raised()]
    assert set(entry_["entities"]) >= {sent.task, *raised}


def test_nobody_learns_of_the_referral_by_what_is_raised(sent: Sent) -> None:
    housing = sent.house.housing
    theirs = housing.writes(patient())
    sent.moves("rejected", statusReason=WAITS, output=[NEXT])
    (raised,) = sent.raised()
    assert housing.finds("Task", patient=theirs) == []
    assert housing.get(f"Task/{raised['id']}").status == 404
    assert sent.drugs.get(f"Task/{raised['id']}").status == 404
    me = sent.house.person()
    assert me.read(f"Task/{raised['id']}")["description"]


def test_who_has_a_referral_done_says_what_came_of_it(sent: Sent) -> None:
    sent.moves("accepted")
    sent.moves("in-progress")
    answer = sent.moves("completed")
    assert (answer.status, places(answer)) == (422, ["Task.output"])
    assert sent.moves("completed", businessStatus={"text": "assessed"}).status == 200
    assert sent.trust.read(sent.request)["status"] == "completed"


def test_not_coming_is_no_failure_before_the_person_was_sought(sent: Sent) -> None:
    sent.moves("accepted")
    reason = {"text": "Did not attend."}
    assert places(sent.moves("failed", statusReason=reason)) == ["Task.output"]
    tried = {"type": coded(OURS, "tried-to-reach"), "valueString": "Two calls and a visit."}
    assert sent.moves("failed", statusReason=reason, output=[tried]).status == 200


def test_a_referral_that_is_cancelled_revokes_its_request(sent: Sent) -> None:
    reason = {"text": "The person changed their mind."}
    assert sent.moves("cancelled", sent.trust, statusReason=reason).status == 200
    assert sent.trust.read(sent.request)["status"] == "revoked"
    assert sent.moves("cancelled", sent.trust, statusReason=reason).status == 200


def test_what_the_person_takes_back_revokes_the_request_too(sent: Sent) -> None:
    me = sent.house.person()
    (given,) = me.finds("Consent", ("patient", me.me))
    assert me.put(me.read(given) | {"status": "inactive"}).status == 200
    assert sent.trust.read(sent.task)["status"] == "cancelled"
    assert sent.trust.read(sent.request)["status"] == "revoked"
    sent.house.wait(days=30)
    assert asyncio.run(sent.house.gateway.escalate()) == []


@pytest.mark.parametrize("status", ["accepted", "completed", "in-progress"])
def test_the_sender_answers_for_nobody(house: House, sent: Sent, status: str) -> None:
    assert sent.moves(status, sent.trust).status == 403
    sender, receiver = sent.trust.who.organization, sent.drugs.who.organization
    entries = referral(sent.subject, sender, receiver, status=status)
    assert sent.trust.transact(*entries).status == 422


def test_what_should_travel_with_a_referral_is_said_and_refuses_nothing(house: House) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    entries = referral(subject, trust.who.organization, house.drugs.who.organization)
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = asyncio.run(
        trust.gateway.transact(trust.who, msgspec.json.encode(bundle), Return.OUTCOME)
    )
    assert answer.status == 200
    [outcome] = [
        each["response"]["outcome"]
        for each in body_of(answer)["entry"]
        if "Task/" in each["response"].get("location", "")
    ]
    said = {where for issue in outcome["issue"] for where in issue.get("expression", ())}
    assert "ServiceRequest.supportingInfo" in said
    assert "ServiceRequest.code" not in said
    assert {issue["severity"] for issue in outcome["issue"]} == {"information"}


def test_a_draft_is_sent_by_who_wrote_it(house: House) -> None:
    sent = Sent(house, status="draft")
    assert sent.moves("requested").status == 422
    assert sent.moves("requested", sent.trust).status == 200
    assert sent.moves("accepted").status == 200


def test_a_referral_says_until_when_it_is_answered(house: House) -> None:
    sent = Sent(house, priority="urgent")
    assert sent.drugs.read(sent.task)["restriction"]["period"]["end"].startswith("2026-05-06T10")


def test_a_time_that_the_sender_states_stands(house: House) -> None:
    own = {"period": {"end": "2026-05-20"}}
    sent = Sent(house, restriction=own)
    assert sent.drugs.read(sent.task)["restriction"] == own


def test_the_one_who_was_asked_does_not_move_that_time(sent: Sent) -> None:
    later = {"period": {"end": "2027-01-01"}}
    answer = sent.moves("received", restriction=later)
    assert (answer.status, places(answer)) == (422, ["Task.restriction"])


def test_a_task_of_ones_own_is_done_in_one_move_also_where_its_owner_is_named_by_code(
    house: House,
) -> None:
    trust = house.trust
    subject = trust.writes(patient())
    owner = {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code"}}
    task = {"resourceType": "Task", "status": "requested", "intent": "order"}
    task |= {"for": {"reference": subject}}
    own, other = (
        trust.created(task | {"owner": {"identifier": owner["identifier"] | {"value": ods}}})
        for ods in ("RX1", "DA1")
    )
    assert trust.put(own | {"status": "completed"}).status == 200
    assert trust.put(other | {"status": "completed"}).status == 403


def coordinated(by: Caller, subject: str, coordinator: Caller, **more: Any) -> str:
    """A plan with its team, in which one person coordinates for a service."""
    role = [coded(SNOMED, "768820003")]
    member = {"type": "Practitioner", "identifier": {"system": "urn:x", "value": "1"}}
    works = {"reference": coordinator.who.organization}
    about = {"subject": {"reference": subject}, "status": "active"}
    team = {"resourceType": "CareTeam", "participant": [{"role": role, "member": member} | more]}
    team["participant"][0].setdefault("onBehalfOf", works)
    named = by.writes(team | about)
    plan = {"resourceType": "CarePlan", "intent": "plan", "careTeam": [{"reference": named}]}
    return by.writes(plan | about)


def raised_at(caller: Caller, subject: str) -> list[Json]:
    found = caller.finds("Task", ("patient", subject), ("code", f"{OURS}|raised-refusal"))
    return [caller.read(each) for each in found]


def test_it_is_raised_to_the_one_that_was_asked_too_where_that_leads_the_care(sent: Sent) -> None:
    mine = sent.drugs.read(sent.task)["for"]["reference"]
    coordinated(sent.drugs, mine, sent.drugs)
    sent.moves("rejected", statusReason=WAITS, output=[NEXT])
    assert len(sent.raised()) == 1
    (own,) = raised_at(sent.drugs, mine)
    assert own["owner"]["reference"] == sent.drugs.who.organization
    assert own["for"]["reference"] == mine
    assert sent.trust.get(f"Task/{own['id']}").status == 404


def test_it_is_raised_to_nobody_else_who_leads_and_by_no_plan_that_is_not_seen(sent: Sent) -> None:
    mine = sent.drugs.read(sent.task)["for"]["reference"]
    housing = sent.house.housing
    theirs = housing.writes(patient())
    coordinated(housing, theirs, housing)
    coordinated(sent.trust, sent.subject, sent.drugs)
    over = {"period": {"end": "2020-01-01"}}
    coordinated(sent.drugs, mine, sent.drugs, **over)
    sent.moves("rejected", statusReason=WAITS, output=[NEXT])
    assert len(sent.raised()) == 1
    assert raised_at(sent.drugs, mine) == []
    assert raised_at(housing, theirs) == []


@pytest.mark.parametrize(
    ("kind", "need", "leads"),
    [
        ("drug-alcohol", "common-mental-illness", True),
        ("drug-alcohol", "severe-mental-illness", False),
        ("community-mental-health", "severe-mental-illness", True),
        (None, "common-mental-illness", False),
    ],
)
def test_where_nobody_coordinates_the_kind_of_service_that_should_lead_is_told(
    sent: Sent, kind: str | None, need: str, *, leads: bool
) -> None:
    drugs = sent.drugs
    mine = drugs.read(sent.task)["for"]["reference"]
    if kind is not None:
        is_a(sent.house, drugs, kind)
    about = {"subject": {"reference": mine}}
    needs = {"coding": [{"system": f"{OURS.rpartition('/')[0]}/need", "code": need}]}
    condition = drugs.writes({"resourceType": "Condition", "category": [needs]} | about)
    plan = {"resourceType": "CarePlan", "intent": "plan", "status": "active"} | about
    drugs.writes(plan | {"addresses": [{"reference": condition}]})
    sent.moves("rejected", statusReason=WAITS, output=[NEXT])
    assert len(sent.raised()) == 1
    assert bool(raised_at(drugs, mine)) is leads


def is_a(house: House, caller: Caller, kind: str) -> None:
    """The organisation's service is of that kind, as the operator recorded."""
    resources = house.gateway.installation.resources
    with closing(connect(house.url)) as connection, transaction(connection):
        id_ = caller.who.organization.removeprefix("Organization/")
        give_kind(connection, resources, id_, kind, house.clock())
