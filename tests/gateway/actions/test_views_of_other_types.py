"""A view of what is no plan: contained resources, Bundles, Lists, goals, and what has no limit."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from callers import House, body_of, consent, patient
from plans import ALCOHOL, CODES, Shared, activity, codes, concept, permitted_to_both, plan

from gateway.actions import mixed
from gateway.actions.mixed import MOST
from gateway.actions.validating import Asked

Json = dict[str, Any]


@pytest.fixture
def shared(house: House) -> Shared:
    return Shared(house)


def goal(id_: str, topic: str, subject: str) -> Json:
    return {
        "resourceType": "Goal",
        "id": id_,
        "lifecycleStatus": "active",
        "description": concept(CODES[topic]),
        "subject": {"reference": subject},
    }


def test_contained_resources_go_with_what_names_them(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    me = shared.at_trust
    body = plan(
        me,
        activity("alcohol", goal=[{"reference": "#drink"}, {"reference": "#home"}]),
        activity("housing", goal=[{"reference": "#both"}]),
        contained=[
            goal("home", "housing", me),
            goal("drink", "alcohol", me),
            goal("both", "alcohol", me),
        ],
    )
    seen = house.drugs.read(house.trust.writes(body))
    assert [each["id"] for each in seen["contained"]] == ["drink"]
    assert seen["activity"][0]["detail"]["goal"] == [{"reference": "#drink"}]


def test_a_denial_of_a_type_takes_contained_resources_of_it(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    me = shared.at_trust
    body = plan(
        me,
        activity("alcohol", goal=[{"reference": "#drink"}]),
        contained=[goal("drink", "alcohol", me)],
    )
    stored = house.trust.writes(body)
    assert "contained" in house.drugs.read(stored)
    kind = {"system": "http://hl7.org/fhir/resource-types", "code": "Goal"}
    shared.person.created(
        consent(shared.person.me, "deny", house.drugs.who.organization, **{"class": [kind]})
    )
    seen = house.drugs.read(stored)
    assert "contained" not in seen
    assert "goal" not in seen["activity"][0]["detail"]


def test_a_denial_of_a_type_takes_a_contained_resource_that_adds_no_topic(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    me = shared.at_trust
    stored = house.trust.writes(
        plan(
            me,
            activity("mood", goal=[{"reference": "#rest"}]),
            category=[concept(CODES["mood"])],
            contained=[goal("rest", "mood", me)],
        )
    )
    assert [each["id"] for each in house.drugs.read(stored)["contained"]] == ["rest"]
    kind = {"system": "http://hl7.org/fhir/resource-types", "code": "Goal"}
    shared.person.created(
        consent(shared.person.me, "deny", house.drugs.who.organization, **{"class": [kind]})
    )
    seen = house.drugs.read(stored)
    assert "contained" not in seen
    assert codes(seen) == [CODES["mood"]]
    assert "goal" not in seen["activity"][0]["detail"]


def test_a_bundle_is_released_with_the_entries_that_may_be_seen(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    me = shared.at_trust
    entries = [
        {"fullUrl": f"urn:uuid:0000000{n}-0000-4000-8000-000000000000", "resource": each}
        for n, each in enumerate((goal("a", "alcohol", me), goal("b", "housing", me)))
    ]
    body = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": entries,
        "link": [{"relation": "self", "url": "http://example.org/UNSEEN"}],
    }
    stored = house.trust.writes(body)
    seen = house.drugs.get(stored)
    assert seen.status == 200
    assert [each["resource"]["id"] for each in body_of(seen)["entry"]] == ["a"]
    assert b"00000001" not in seen.body
    assert b"UNSEEN" not in seen.body
    assert len(house.trust.read(stored)["entry"]) == 2


def test_a_list_has_the_items_that_may_be_seen(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    drink = house.trust.writes(goal("", "alcohol", shared.at_trust) | {"id": "x"})
    home = house.trust.writes(goal("", "housing", shared.at_trust) | {"id": "x"})
    stored = house.trust.writes(
        {
            "resourceType": "List",
            "status": "current",
            "mode": "working",
            "title": "UNSEEN",
            "subject": {"reference": shared.at_trust},
            "entry": [{"item": {"reference": each}} for each in (home, drink)],
        }
    )
    seen = house.drugs.read(stored)
    assert seen["entry"] == [{"item": {"reference": drink}}]
    assert "title" not in seen
    assert house.drugs.finds("List", ("patient", shared.at_drugs), ("item", home)) == []
    assert house.drugs.finds("List", ("patient", shared.at_drugs), ("item", drink)) == [stored]


def test_goals_lend_their_labels_to_the_part_that_names_them(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    drink = house.trust.writes(goal("", "alcohol", shared.at_trust) | {"id": "x"})
    home = house.trust.writes(goal("", "housing", shared.at_trust) | {"id": "x"})
    both = [{"reference": home}, {"reference": drink}]
    stored = house.trust.writes(plan(shared.at_trust, goal=both))
    assert house.drugs.read(stored)["goal"] == [{"reference": drink}]


def test_a_part_about_somebody_else_needs_their_yes_too(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    other = house.trust.writes(patient(1))
    house.drugs.writes(patient(1))
    theirs = activity("alcohol", performer=[{"reference": other}])
    stored = house.trust.writes(plan(shared.at_trust, activity("alcohol"), theirs))
    seen = house.drugs.read(stored)
    assert len(seen["activity"]) == 1
    assert "performer" not in seen["activity"][0]["detail"]


def test_validating_a_view_finds_nothing_wrong(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    stored = house.trust.writes(plan(shared.at_trust, activity("housing"), activity("alcohol")))
    body = msgspec.json.encode(house.drugs.read(stored))
    asked = Asked("CarePlan", stored.partition("/")[2], "update")
    answer = asyncio.run(house.gateway.validate(house.drugs.who, asked, body))
    issues = body_of(answer)["issue"]
    assert [each for each in issues if each["severity"] == "error"] == []


@pytest.mark.parametrize(("topic", "status"), [("alcohol", 200), ("housing", 404)])
def test_what_has_too_many_parts_is_whole_or_not_at_all(
    shared: Shared, topic: str, status: int
) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    many = [activity("alcohol")] * MOST
    stored = house.trust.writes(plan(shared.at_trust, *many, activity(topic)))
    answer = house.drugs.get(stored)
    assert answer.status == status
    assert status == 404 or len(codes(body_of(answer))) == MOST + 1


def test_more_parts_than_are_decided_are_withheld_with_one_that_is_denied(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    me = shared.at_trust
    many = [activity("alcohol", goal=[{"reference": "#drink"}])] * (MOST + 1)
    stored = house.trust.writes(plan(me, *many, contained=[goal("drink", "alcohol", me)]))
    assert len(codes(house.drugs.read(stored))) == MOST + 1
    kind = {"system": "http://hl7.org/fhir/resource-types", "code": "Goal"}
    shared.person.created(
        consent(shared.person.me, "deny", house.drugs.who.organization, **{"class": [kind]})
    )
    assert house.drugs.get(stored).status == 404


def test_composed_sections_are_seen_with_what_holds_them(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    drink = house.trust.writes(goal("", "alcohol", shared.at_trust) | {"id": "x"})
    home = house.trust.writes(goal("", "housing", shared.at_trust) | {"id": "x"})
    parts = [
        {"title": "UNSEEN", "code": concept(CODES[topic]), "entry": [{"reference": each}]}
        for topic, each in (("alcohol", drink), ("housing", home))
    ]
    both = {"code": concept(ALCOHOL), "entry": [{"reference": drink}, {"reference": home}]}
    stored = house.trust.writes(
        {
            "resourceType": "Composition",
            "status": "final",
            "type": concept(ALCOHOL),
            "subject": {"reference": shared.at_trust},
            "date": "2026-05-01",
            "author": [{"reference": house.trust.who.organization}],
            "title": "UNSEEN",
            "section": [*parts, both],
        }
    )
    assert shared.person.read(stored)["title"] == "UNSEEN"
    assert len(shared.person.read(stored)["section"]) == 3
    answer = house.drugs.get(stored)
    assert answer.status == 200
    assert home.encode() not in answer.body
    assert b"UNSEEN" not in answer.body
    seen = body_of(answer)
    assert seen["title"] == "Document"
    assert [each["entry"] for each in seen["section"]] == [[{"reference": drink}]] * 2
    assert house.drugs.finds("Composition", ("patient", shared.at_drugs), ("entry", home)) == []


@pytest.mark.parametrize(("more", "seen"), [(0, 1), (1, 0)])
def test_as_many_parts_as_are_decided_one_by_one_are_and_one_more_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch, more: int, seen: int
) -> None:
    shared = permitted_to_both(house)
    monkeypatch.setattr(mixed, "MOST", 2)
    acts = (activity("housing"), activity("alcohol"), *[activity("alcohol")] * more)
    stored = house.trust.writes(plan(shared.at_trust, *acts))
    found = house.drugs.finds("CarePlan", patient=shared.at_drugs)
    assert found == [stored] * seen
    if seen:
        assert codes(house.drugs.read(stored)) == [ALCOHOL]


def test_what_it_holds_about_somebody_unknown_here_is_not_seen(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    other = house.trust.writes(patient(1))
    inside = goal("inside", "alcohol", other)
    named = activity("alcohol", goal=[{"reference": "#inside"}])
    stored = house.trust.writes(plan(shared.at_trust, named, contained=[inside]))
    assert len(house.trust.read(stored)["contained"]) == 1
    assert "contained" not in house.drugs.read(stored)


def test_what_it_holds_that_adds_nothing_goes_along_with_what_names_it(house: House) -> None:
    shared = permitted_to_both(house)
    us = {"resourceType": "HealthcareService", "id": "us", "active": True}
    acts = (activity("alcohol", performer=[{"reference": "#us"}]), activity("housing"))
    stored = house.trust.writes(plan(shared.at_trust, *acts, contained=[us]))
    assert house.drugs.read(stored)["contained"] == [us]
    assert "contained" not in house.housing.read(stored)
