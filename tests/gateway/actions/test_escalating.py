"""What nobody answers in time becomes more urgent, and is raised once to the one that sent it."""

from __future__ import annotations

import asyncio
from typing import Any

from callers import House, entry, patient, referral

from gateway import keys as key_files
from gateway.actions.opening import open_gateway

Json = dict[str, Any]
OURS = "https://onestory.example/fhir/CodeSystem/referral"


def sent(house: House, **task: Any) -> str:
    trust = house.trust
    subject = trust.writes(patient())
    parties = trust.who.organization, house.drugs.who.organization
    return trust.sent(*referral(subject, *parties, **task))[1]


def escalated(house: House) -> list[str]:
    return [each.task for each in asyncio.run(house.gateway.escalate())]


def raised(house: House, task: str) -> list[Json]:
    subject = house.trust.read(task)["for"]["reference"]
    found = house.trust.finds("Task", ("patient", subject), ("code", f"{OURS}|raised-late"))
    return [house.trust.read(each) for each in found]


def test_a_late_referral_becomes_more_urgent_and_is_raised(house: House) -> None:
    task = sent(house, businessStatus={"text": "on the list"})
    house.wait(days=13)
    assert escalated(house) == []
    house.wait(days=2)
    assert escalated(house) == [task]
    late = house.drugs.read(task)
    assert late["priority"] == "urgent"
    assert late["status"] == "requested"
    assert house.trust.read(task)["businessStatus"]["text"] == "on the list"
    assert late["businessStatus"]["coding"][0]["code"] == "late"
    (told,) = raised(house, task)
    assert told["owner"]["reference"] == house.trust.who.organization
    assert told["focus"]["reference"] == task
    assert "999" not in told["description"]


def test_it_is_escalated_once_by_however_many_servers(house: House, installed: Any) -> None:
    task = sent(house)
    house.wait(days=15)
    other = open_gateway(
        house.url, key_files.load(installed), "http://other.test", clock=house.clock
    )

    async def both() -> list[Any]:
        return await asyncio.gather(house.gateway.escalate(), other.escalate())

    done = [each.task for one in asyncio.run(both()) for each in one]
    other.close()
    assert done == [task]
    assert escalated(house) == []
    assert len(raised(house, task)) == 1


def test_what_was_answered_is_not_late(house: House) -> None:
    task = sent(house)
    drugs = house.drugs
    assert drugs.put(drugs.read(task) | {"status": "accepted"}).status == 200
    house.wait(days=30)
    assert escalated(house) == []
    assert raised(house, task) == []


def test_received_is_no_answer_and_withdrawn_needs_none(house: House) -> None:
    task = sent(house)
    drugs, trust = house.drugs, house.trust
    assert drugs.put(drugs.read(task) | {"status": "received"}).status == 200
    house.wait(days=30)
    assert escalated(house) == [task]
    over = {"status": "cancelled", "statusReason": {"text": "They moved away."}}
    assert trust.put(trust.read(task) | over).status == 200
    assert escalated(house) == []


def test_the_senders_own_time_counts(house: House) -> None:
    task = sent(house, restriction={"period": {"end": "2026-05-05"}})
    house.wait(days=1)
    assert escalated(house) == []
    house.wait(days=2)
    assert escalated(house) == [task]


def test_a_draft_is_late_only_once_it_was_sent(house: House) -> None:
    task = sent(house, status="draft")
    house.wait(days=15)
    assert escalated(house) == []
    trust = house.trust
    assert trust.put(trust.read(task) | {"status": "requested"}).status == 200
    assert escalated(house) == [task]


def test_it_leaves_one_row_and_nobody_else_learns_of_it(house: House) -> None:
    task = sent(house)
    house.wait(days=15)
    before = len(house.entries())
    escalated(house)
    (row,) = house.entries()[before:]
    assert (row["interaction"], row["client"]) == ("referral-late", "gateway")
    (told,) = raised(house, task)
    assert set(row["entities"]) == {task, f"Task/{told['id']}"}
    assert house.drugs.get(f"Task/{told['id']}").status == 404
    housing = house.housing
    assert housing.finds("Task", patient=housing.writes(patient())) == []


def test_a_task_of_ones_own_is_never_late(house: House) -> None:
    trust = house.trust
    own = {"resourceType": "Task", "status": "requested", "intent": "order"}
    own |= {"for": {"reference": trust.writes(patient())}}
    own |= {"owner": {"reference": trust.who.organization}}
    trust.sent(entry(own | {"restriction": {"period": {"end": "2026-05-04"}}}))
    house.wait(days=30)
    assert escalated(house) == []
