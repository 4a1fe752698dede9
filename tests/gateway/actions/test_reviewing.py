"""A plan that is to be looked at again becomes one Task for the organisation of its coordinator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from callers import Caller, House, body_of, consent, patient
from plans import Shared, concept, plan, team_of

from gateway import keys as key_files
from gateway.actions.opening import open_gateway
from gateway.storage.times import microseconds

Json = dict[str, Any]
OURS = "https://onestory.example/fhir/CodeSystem/care-plan"
REVIEW = "https://onestory.example/fhir/StructureDefinition/planned-review-date"
COORDINATOR = "768820003"
MY_PLANS = [{"system": "http://hl7.org/fhir/resource-types", "code": "CarePlan"}]


def on(day: str | None) -> Json:
    """A plan is to be looked at again on that day."""
    return {"extension": [{"url": REVIEW, "valueDate": day}]} if day else {}


class Coordinated:
    """The trust's plan, whose coordinator works for the drug service, which the person lets see
    their plans and nothing else."""

    def __init__(self, house: House, day: str | None = "2026-05-10", **more: Any) -> None:
        self.shared = Shared(house)
        self.house = house
        house_team = team_of(self.shared.at_trust)
        house_team["participant"] = [
            {
                "role": [concept(COORDINATOR)],
                "member": {"display": "Sam Example"},
                "onBehalfOf": {"reference": house.drugs.who.organization},
            }
        ]
        self.team = house.trust.writes(house_team)
        more |= {"category": [concept("734163000")], "careTeam": [{"reference": self.team}]}
        body = plan(self.shared.at_trust, **on(day), **more)
        self.plan = house.trust.writes(body)

    def says(self, kind: str, **criteria: Any) -> str:
        recipient, me = self.house.drugs.who.organization, self.shared.person.me
        return self.shared.person.writes(consent(me, kind, recipient, **criteria))

    def shows_plans(self) -> str:
        return self.says("permit", **{"class": MY_PLANS})

    def moved(self, **changes: Any) -> None:
        trust = self.house.trust
        assert trust.put(trust.read(self.plan) | changes).status == 200

    def tasks(self, caller: Caller | None = None) -> list[Json]:
        caller = caller or self.house.trust
        at = self.shared.at_drugs if caller.who.ods == "DA1" else self.shared.at_trust
        found = caller.finds("Task", patient=at, code="review-near")
        return [caller.read(each) for each in found]

    def ways(self) -> tuple[int, list[str], bool]:
        """Other ways in which the drug service may learn of it: a count, a chain, everything."""
        drugs, me = self.house.drugs, self.shared.at_drugs.partition("/")[2]
        near = {"code": "review-near", "_summary": "count"}
        counted = body_of(drugs.ask("Task", patient=me, **near))["total"]
        has = drugs.finds("Patient", ("_id", me), ("_has:Task:patient:code", "review-near"))
        every = asyncio.run(drugs.gateway.everything(drugs.who, me, ()))
        return counted, has, "review-near" in every.body.decode()


def raised(house: House) -> list[str]:
    return [each.plan for each in asyncio.run(house.gateway.review())]


def test_a_plan_whose_day_is_near_is_raised_to_the_coordinators_service(house: House) -> None:
    both = Coordinated(house, "2026-05-18")
    both.shows_plans()
    assert raised(house) == []
    house.wait(days=2)
    assert raised(house) == [both.plan]
    (task,) = both.tasks(house.drugs)
    assert task["owner"]["reference"] == house.drugs.who.organization
    assert task["focus"]["reference"] == both.plan
    assert task["restriction"]["period"]["end"] == "2026-05-18"
    assert task["for"]["reference"] == both.shared.at_drugs
    assert house.drugs.finds("Task", owner=house.drugs.who.organization) == [f"Task/{task['id']}"]
    assert [each["id"] for each in both.tasks()] == [task["id"]]


def test_a_day_that_is_over_is_raised_too_and_each_day_once(house: House) -> None:
    both = Coordinated(house, "2026-04-01")
    assert raised(house) == [both.plan]
    assert raised(house) == []
    house.wait(days=400)
    both.moved(note=[{"text": "We spoke"}])
    assert raised(house) == []
    assert len(both.tasks()) == 1


def test_two_servers_at_once_raise_one(house: House, installed: Any) -> None:
    both = Coordinated(house)
    other = open_gateway(
        house.url, key_files.load(installed), "http://other.test", clock=house.clock
    )

    async def at_once() -> list[Any]:
        return await asyncio.gather(house.gateway.review(), other.review())

    done = [each.plan for one in asyncio.run(at_once()) for each in one]
    other.close()
    assert done == [both.plan]
    assert len(both.tasks()) == 1


@pytest.mark.parametrize(
    ("day", "status"), [(None, "active"), ("2026-05-10", "draft"), ("2026-05-10", "completed")]
)
def test_a_plan_without_a_day_or_not_in_force_raises_none(
    house: House, day: str | None, status: str
) -> None:
    Coordinated(house, day, status=status)
    house.wait(days=60)
    assert raised(house) == []


def test_a_later_day_closes_what_was_raised_and_is_raised_in_its_turn(house: House) -> None:
    both = Coordinated(house)
    raised(house)
    both.moved(**on("2026-05-09"))
    assert [each["status"] for each in both.tasks()] == ["requested"]
    both.moved(**on("2026-08-10"))
    assert [each["status"] for each in both.tasks()] == ["completed"]
    assert raised(house) == []
    house.wait(days=90)
    assert raised(house) == [both.plan]
    assert sorted(each["status"] for each in both.tasks()) == ["completed", "requested"]


def test_the_end_of_the_plan_closes_it(house: House) -> None:
    both = Coordinated(house)
    raised(house)
    both.moved(status="completed")
    assert [each["status"] for each in both.tasks()] == ["cancelled"]
    assert raised(house) == []


def test_a_plan_that_is_deleted_takes_its_task_along(house: House) -> None:
    both = Coordinated(house)
    raised(house)
    assert house.trust.delete(both.plan).status == 204
    assert [each["status"] for each in both.tasks()] == ["cancelled"]
    assert house.rows("review") == 0


def test_what_a_transaction_writes_counts_too(house: House) -> None:
    both = Coordinated(house)
    raised(house)
    body = house.trust.read(both.plan) | on("2026-09-01")
    put = {"resource": body, "request": {"method": "PUT", "url": both.plan}}
    assert house.trust.transact(put).status == 200
    assert [each["status"] for each in both.tasks()] == ["completed"]


def test_the_coordinators_service_sees_it_only_while_it_sees_the_plan(house: House) -> None:
    both = Coordinated(house)
    raised(house)
    assert both.tasks(house.drugs) == []
    both.shows_plans()
    (task,) = both.tasks(house.drugs)
    assert both.ways() == (1, [both.shared.at_drugs], True)
    both.says("deny", **{"class": MY_PLANS})
    assert both.tasks(house.drugs) == []
    reference = f"Task/{task['id']}"
    unknown = f"Task/{house.gateway.new_id()}"
    assert house.drugs.get(reference).status == 404
    assert house.drugs.get(reference).body == house.drugs.get(unknown).body
    for query in ({"focus": both.plan}, {"owner": house.drugs.who.organization}):
        assert reference not in house.drugs.finds("Task", **query)
    assert house.drugs.look(f"{reference}/_history").status == 404
    assert both.ways() == (0, [], False)


def test_nobody_else_sees_it_whatever_they_may_see(house: House) -> None:
    both = Coordinated(house)
    me = both.shared.person.me
    both.shared.person.writes(consent(me, "permit", house.housing.who.organization))
    raised(house)
    assert house.housing.finds("Task", patient=both.shared.at_housing) == []
    assert house.housing.get(f"Task/{both.tasks()[0]['id']}").status == 404
    assert both.shared.person.finds("Task", patient=me) == [f"Task/{both.tasks()[0]['id']}"]


def test_its_owner_may_say_that_it_is_done(house: House) -> None:
    both = Coordinated(house)
    both.shows_plans()
    raised(house)
    drugs = house.drugs
    for status in ("accepted", "in-progress", "completed"):
        (task,) = both.tasks(drugs)
        answer = drugs.put(task | {"status": status})
        assert answer.status == 200, answer.body
    assert [each["status"] for each in both.tasks(drugs)] == ["completed"]
    assert raised(house) == []
    both.moved(**on("2026-08-10"))
    assert [each["status"] for each in both.tasks()] == ["completed"]


def test_without_a_coordinator_from_here_it_is_the_authors(house: House) -> None:
    trust = house.trust
    at_trust = trust.writes(patient())
    lone = trust.writes(plan(at_trust, **on("2026-05-10")))
    assert raised(house) == [lone]
    (task,) = [trust.read(each) for each in trust.finds("Task", focus=lone)]
    assert task["owner"]["reference"] == trust.who.organization
    assert trust.delete(f"Task/{task['id']}").status == 204
    assert trust.put(trust.read(lone) | on("2026-08-10")).status == 200


def test_it_leaves_one_row(house: House) -> None:
    both = Coordinated(house)
    before = len(house.entries())
    raised(house)
    (row,) = house.entries()[before:]
    assert (row["interaction"], row["client"]) == ("review-near", "gateway")
    (task,) = both.tasks()
    assert set(row["entities"]) == {both.plan, f"Task/{task['id']}"}
    before = len(house.entries())
    assert raised(house) == []
    assert len(house.entries()) == before


def test_plans_from_before_there_were_days_are_looked_at_once(house: House) -> None:
    both = Coordinated(house)
    far = house.trust.writes(plan(both.shared.at_trust, **on("2027-05-10")))
    without = house.trust.writes(plan(both.shared.at_trust))
    house.change("DELETE FROM review")
    house.change("INSERT INTO review(plan, due) SELECT id, 0 FROM resource WHERE type = 'CarePlan'")
    assert raised(house) == [both.plan]
    held = dict(house.held("SELECT plan, due FROM review"))
    assert far.partition("/")[2] in held
    assert without.partition("/")[2] not in held
    assert raised(house) == []
    house.wait(days=365)
    assert raised(house) == [far]


def test_one_that_is_gone_is_let_go(house: House) -> None:
    house.change("INSERT INTO review(plan, due) VALUES (?,?)", "gone", microseconds(house.now))
    assert raised(house) == []
    assert house.rows("review") == 0
