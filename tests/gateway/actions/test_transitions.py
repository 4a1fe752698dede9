"""Discharge and each transition is a part of its own: found by search, shared or kept back by
itself, and told in the person's story."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from callers import Caller, House, consent
from plans import Shared, activity, plan

from gateway.actions.story import Form

HIV = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}

Json = dict[str, Any]
CARE_PLAN = "https://onestory.example/fhir/CodeSystem/care-plan"
KINDS = ("discharge", "camhs-to-adult", "prison-to-community", "hospital-to-community")
MY_PLANS = [{"system": "http://hl7.org/fhir/resource-types", "code": "CarePlan"}]
SHARED_PLAN = [{"coding": [{"system": "http://snomed.info/sct", "code": "734163000"}]}]


def move(kind: str, **detail: Any) -> Json:
    """What happens when the person moves on, as our map writes it; words are for the author and
    the person alone."""
    codes = [{"system": CARE_PLAN, "code": one} for one in ("transition", kind)]
    when = {"start": "2026-06-01"}
    return {
        "detail": {"code": {"coding": codes}, "status": "scheduled", "scheduledPeriod": when}
        | detail
    }


def criterion(kind: str) -> list[Json]:
    return [{"coding": [{"system": CARE_PLAN, "code": kind}]}]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Moving(Shared):
    """A plan with a move and something about alcohol."""

    def __init__(self, house: House, kind: str, detail: Json | None = None, **more: Any) -> None:
        super().__init__(house)
        acts = (move(kind, **(detail or {})), activity("alcohol"))
        self.plan = house.trust.writes(plan(self.at_trust, *acts, category=SHARED_PLAN, **more))

    def says(self, kind: str, **criteria: Any) -> None:
        recipient = self.house.drugs.who.organization
        self.person.created(consent(self.person.me, kind, recipient, **criteria))

    def moves(self) -> list[str]:
        """The codes of what the drug service sees is to be done."""
        acts = self.house.drugs.read(self.plan).get("activity", ())
        return [each["detail"]["code"]["coding"][-1]["code"] for each in acts]

    def found(self, kind: str) -> list[str]:
        drugs = self.house.drugs
        code = f"{CARE_PLAN}|{kind}"
        return drugs.finds("CarePlan", ("patient", self.at_drugs), ("activity-code", code))


def told(caller: Caller, of: str) -> str:
    id_ = of.partition("/")[2]
    return asyncio.run(caller.gateway.story(caller.who, id_, (), Form.PAGE)).body.decode()


def test_a_move_may_be_shared_alone(house: House, kind: str) -> None:
    moving = Moving(house, kind)
    assert moving.found(kind) == []
    moving.says("permit", code=criterion(kind))
    assert moving.moves() == [kind]
    assert moving.found(kind) == [moving.plan]
    alcohol = ("activity-code", "http://snomed.info/sct|763256006")
    assert house.drugs.finds("CarePlan", ("patient", moving.at_drugs), alcohol) == []


def test_a_move_may_be_kept_back_alone(house: House, kind: str) -> None:
    moving = Moving(house, kind)
    moving.says("permit", **{"class": MY_PLANS})
    assert moving.found(kind) == [moving.plan]
    moving.says("deny", code=criterion(kind))
    assert moving.moves() == ["763256006"]
    assert moving.found(kind) == []


@pytest.mark.parametrize("status", ["active", "completed"])
def test_a_move_is_told_in_the_story_also_once_the_plan_is_over(
    house: House, kind: str, status: str
) -> None:
    words = "The team calls the day after."
    moving = Moving(house, kind, {"description": words}, status=status)
    assert words in told(moving.person, moving.person.me)
    assert words in told(house.trust, moving.at_trust)
    assert words not in told(house.drugs, moving.at_drugs)
    moving.says("permit", **{"class": MY_PLANS})
    assert words in told(house.drugs, moving.at_drugs)
    moving.says("deny", securityLabel=[HIV])
    assert words not in told(house.drugs, moving.at_drugs)
