"""Who may write back what they saw of another's plan: its team, as the person lets them."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, patient, places
from plans import (
    ALCOHOL,
    HOUSING,
    Shared,
    activity,
    codes,
    permitted_to_both,
    plan,
    team_of,
    written,
)

Json = dict[str, Any]


@pytest.fixture
def shared(house: House) -> Shared:
    return permitted_to_both(house)


def edits(service: Caller, stored: str) -> int:
    seen = service.read(stored)
    seen["activity"][0]["detail"]["status"] = "completed"
    return service.put(seen).status


def test_a_service_outside_the_team_sees_and_may_not_change(shared: Shared) -> None:
    house = shared.house
    stored = house.trust.writes(plan(shared.at_trust, activity("alcohol")))
    assert edits(house.drugs, stored) == 403


def test_a_team_that_its_member_wrote_itself_gives_nothing(shared: Shared) -> None:
    house = shared.house
    own = house.drugs.writes(team_of(shared.at_drugs, house.drugs))
    stored = house.trust.writes(
        plan(shared.at_trust, activity("alcohol"), careTeam=[{"reference": own}])
    )
    assert edits(house.drugs, stored) == 403


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param({}, 200, id="an active team"),
        pytest.param({"status": "inactive"}, 403, id="a team that is over"),
        pytest.param({"period": {"end": "2026-01-01"}}, 403, id="a team of another time"),
    ],
)
def test_the_team_stands_now(shared: Shared, more: Json, status: int) -> None:
    house = shared.house
    team = house.trust.writes(team_of(shared.at_trust, house.drugs) | more)
    stored = house.trust.writes(
        plan(shared.at_trust, activity("alcohol"), careTeam=[{"reference": team}])
    )
    assert edits(house.drugs, stored) == status


def test_a_team_about_somebody_else_gives_nothing(shared: Shared) -> None:
    house = shared.house
    other = house.trust.writes(patient(1))
    team = house.trust.writes(team_of(other, house.drugs))
    stored = house.trust.writes(
        plan(shared.at_trust, activity("alcohol"), careTeam=[{"reference": team}])
    )
    assert edits(house.drugs, stored) == 403


def test_a_member_on_behalf_of_an_organisation_is_enough(shared: Shared) -> None:
    house = shared.house
    team = team_of(shared.at_trust)
    team["participant"] = [
        {
            "member": {"reference": "Practitioner/123e4567-e89b-42d3-a456-426614174000"},
            "onBehalfOf": {"reference": house.drugs.who.organization},
        }
    ]
    named = house.trust.writes(team)
    stored = house.trust.writes(
        plan(shared.at_trust, activity("alcohol"), careTeam=[{"reference": named}])
    )
    assert edits(house.drugs, stored) == 200


@pytest.mark.parametrize(("action", "status"), [("access", 403), ("correct", 200)])
def test_the_person_says_who_may_correct(house: House, action: str, status: int) -> None:
    both = Shared(house)
    system = "http://terminology.hl7.org/CodeSystem/consentaction"
    both.permit(house.drugs, "alcohol", action=[{"coding": [{"system": system, "code": "access"}]}])
    given = [{"coding": [{"system": system, "code": action}]}]
    both.permit(house.drugs, "alcohol", action=given)
    assert edits(house.drugs, written(both, activity("alcohol"))) == status


def test_a_part_that_may_only_be_read_stays_as_it_is(house: House) -> None:
    both = Shared(house)
    system = "http://terminology.hl7.org/CodeSystem/consentaction"
    reads = [{"coding": [{"system": system, "code": "access"}]}]
    both.permit(house.drugs, "housing", action=reads)
    both.permit(house.drugs, "alcohol")
    stored = written(both)
    seen = house.drugs.read(stored)
    assert codes(seen) == [HOUSING, ALCOHOL]
    seen["activity"][0]["detail"]["status"] = "completed"
    answer = house.drugs.put(seen)
    assert (answer.status, places(answer)) == (403, ["CarePlan.activity[0]"])
    seen = house.drugs.read(stored)
    del seen["activity"][0]
    assert house.drugs.put(seen).status == 403
    seen = house.drugs.read(stored)
    seen["activity"][1]["detail"]["status"] = "completed"
    assert house.drugs.put(seen).status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "another"),
        ("description", "another"),
        ("careTeam", [{"reference": "CareTeam/123e4567-e89b-42d3-a456-426614174000"}]),
        ("intent", "order"),
        ("author", {"reference": "Organization/123e4567-e89b-42d3-a456-426614174000"}),
    ],
)
@pytest.mark.parametrize("hidden", [True, False])
def test_what_is_the_authors_is_told_apart_from_nothing(
    shared: Shared, name: str, value: Any, hidden: bool
) -> None:
    """The same words, whether the whole has such an element or not."""
    house = shared.house
    more = {"title": "unseen", "description": "unseen"} if hidden else {}
    stored = written(shared, **more)
    answer = house.drugs.put(house.drugs.read(stored) | {name: value})
    assert (answer.status, places(answer)) == (422, [f"CarePlan.{name}"])
    assert house.trust.read(stored).get("title") == more.get("title")


def test_labels_narrative_and_tags_are_not_a_teams_to_change(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    before = house.trust.get(stored).body
    seen = house.drugs.read(stored)
    seen["meta"]["security"] = [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
    ]
    seen["meta"]["tag"] = [{"system": "urn:t", "code": "x"}]
    div = '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'
    seen["text"] = {"status": "generated", "div": div}
    assert house.drugs.put(seen).status == 200
    assert house.trust.get(stored).body == before


def test_a_team_changes_and_never_deletes(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    assert house.drugs.delete(stored).status == 403
    assert house.trust.get(stored).status == 200


def test_the_person_and_an_officer_do_not_write_plans(shared: Shared) -> None:
    stored = written(shared)
    assert shared.person.put(shared.person.read(stored)).status == 403


def test_a_condition_means_ones_own_alone(shared: Shared) -> None:
    house = shared.house
    mine = {"system": "urn:plans", "value": "7"}
    stored = written(shared, identifier=[mine])
    seen = house.drugs.read(stored)
    answer = house.drugs.put_where("CarePlan?identifier=urn:plans|7", seen)
    assert answer.status == 404
    assert house.trust.get(stored).status == 200


def test_a_provenance_about_a_plan_in_parts_is_the_writers_own(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    said = {
        "resourceType": "Provenance",
        "target": [{"reference": stored}],
        "recorded": "2026-05-03T10:00:00Z",
        "agent": [{"who": {"reference": house.drugs.who.organization}}],
    }
    mine = house.drugs.writes(said)
    assert house.drugs.get(mine).status == 200
    assert house.trust.get(mine).status == 404
