"""A crisis plan is a plan of its own: found by its category, and shared or kept back by itself."""

from __future__ import annotations

from typing import Any

from callers import House, consent
from plans import SNOMED, Shared, plan

Json = dict[str, Any]
CRISIS, ORDINARY = "736253002", "734163000"
MY_PLANS = [{"system": "http://hl7.org/fhir/resource-types", "code": "CarePlan"}]
MY_CRISIS_PLAN = [{"coding": [{"system": SNOMED, "code": CRISIS}]}]


def kind(code: str) -> list[Json]:
    return [{"coding": [{"system": SNOMED, "code": code}]}]


def two_plans(shared: Shared) -> tuple[str, str]:
    """An ordinary plan, and the crisis part of it."""
    trust = shared.house.trust
    whole = trust.writes(plan(shared.at_trust, category=kind(ORDINARY)))
    part = plan(shared.at_trust, category=kind(CRISIS), partOf=[{"reference": whole}])
    return whole, trust.writes(part)


def allows(shared: Shared, kind_: str, **criteria: Any) -> None:
    recipient = shared.house.drugs.who.organization
    shared.person.created(consent(shared.person.me, kind_, recipient, **criteria))


def found(shared: Shared, **query: str) -> list[str]:
    return sorted(shared.house.drugs.finds("CarePlan", patient=shared.at_drugs, **query))


def test_my_crisis_plan_may_be_shared_alone(house: House) -> None:
    shared = Shared(house)
    whole, crisis = two_plans(shared)
    assert found(shared) == []
    allows(shared, "permit", code=MY_CRISIS_PLAN)
    assert found(shared) == [crisis]
    assert house.drugs.get(whole).status == 404
    assert "partOf" not in house.drugs.read(crisis)


def test_my_plans_may_be_shared_and_my_crisis_plan_kept_back(house: House) -> None:
    shared = Shared(house)
    whole, crisis = two_plans(shared)
    allows(shared, "permit", **{"class": MY_PLANS})
    assert found(shared) == sorted([whole, crisis])
    assert found(shared, category=f"{SNOMED}|{CRISIS}") == [crisis]
    assert found(shared, **{"part-of": whole}) == [crisis]
    allows(shared, "deny", code=MY_CRISIS_PLAN)
    assert found(shared) == [whole]
    assert found(shared, category=f"{SNOMED}|{CRISIS}") == []
    assert house.drugs.get(crisis).status == 404
