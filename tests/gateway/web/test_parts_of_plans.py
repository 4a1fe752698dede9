"""What does not say who wrote it is told as a part of the plan that names it."""

from __future__ import annotations

import asyncio
import html
import re

import pytest

NORTHSIDE, CLEARWATER = "Northside Mental Health", "Clearwater Drug and Alcohol Service"
REVIEW = "https://onestory.example/fhir/StructureDefinition/planned-review-date"


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


class Planned:
    """A plan with a goal, a need, a team and somebody close in it, none of which names a writer."""

    def __init__(self, world) -> None:
        self.world = world
        self.about = {"subject": {"reference": world.know("TMH01")}}
        goal = {"lifecycleStatus": "active", "description": {"text": "Swim on Sundays"}}
        self.goal = self.writes("Goal", **goal)
        self.need = self.writes("Condition", code={"text": "Sleeps badly"})
        close = {"patient": self.about["subject"], "name": [{"text": "Rosa Lind"}]}
        self.close = world.write("TMH01", {"resourceType": "RelatedPerson"} | close)
        member = {"member": {"reference": self.close}}
        self.team = self.writes("CareTeam", participant=[member])
        self.plan = self.plans()
        said = {"status": "completed", "about": [{"reference": self.plan}]}
        self.message = self.writes("Communication", **said, payload=[{"contentString": "Hello"}])

    def writes(self, type_, **elements):
        return self.world.write("TMH01", {"resourceType": type_} | self.about | elements)

    def plans(self, by="TMH01", **more):
        named = {"addresses": [self.need], "careTeam": [self.team], "goal": [self.goal]}
        listed = {name: [{"reference": one} for one in held] for name, held in named.items()}
        author = {"reference": self.world.organizations[by]}
        plan = {"status": "active", "intent": "plan", "title": "What helps", "author": author}
        return self.writes("CarePlan", **plan, **listed, **more)


@pytest.fixture
def planned(world):
    return Planned(world)


@pytest.mark.parametrize("part", ["goal", "need", "team", "close", "message"])
def test_a_part_of_a_plan_is_told_as_that_services(person, planned, part):
    told = words(person.get(f"/me/held/{getattr(planned, part)}"))
    assert f"Part of a plan by {NORTHSIDE}." in told
    assert f"If something here is wrong, tell {NORTHSIDE}." in told
    assert "not named here" not in told


def test_so_it_is_on_the_first_page(person, planned):
    page = person.get("/me")
    told = words(page)
    assert "not named here" not in told
    assert told.count(f"Part of a plan by {NORTHSIDE}.") == 5
    assert f"What helps Written by {NORTHSIDE}." in told


def test_in_plans_of_two_services_no_one_of_them_is_named(person, planned):
    planned.plans("DAS01")
    assert "Written by a service that is not named here." in words(
        person.get(f"/me/held/{planned.goal}")
    )


def test_a_review_that_is_near_is_told_simply_and_with_its_plan(person, world, planned):
    plan = planned.plans(extension=[{"url": REVIEW, "valueDate": "2026-05-10"}])
    [due] = asyncio.run(world.gateway.review())
    assert due.plan == plan
    told = words(person.get(f"/me/held/{plan}"))
    assert f"Look at the plan again sent, and waiting for an answer – {NORTHSIDE}" in told
    assert "Go through it together" not in told
