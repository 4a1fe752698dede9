"""A resource of several topics is read, found and remembered in parts, and nothing tells of the
rest.
"""

from __future__ import annotations

import pytest
from callers import House, body_of, consent
from plans import ALCOHOL, HOUSING, SNOMED, TOPICS, Shared, activity, codes, plan

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">all of it</div>'


@pytest.fixture
def shared(house: House) -> Shared:
    return Shared(house)


def test_each_service_sees_its_own_part(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    shared.permit(house.housing, "housing")
    stored = house.trust.writes(plan(shared.at_trust, activity("housing"), activity("alcohol")))
    assert codes(house.trust.read(stored)) == [HOUSING, ALCOHOL]
    assert codes(shared.person.read(stored)) == [HOUSING, ALCOHOL]
    assert codes(house.drugs.read(stored)) == [ALCOHOL]
    assert codes(house.housing.read(stored)) == [HOUSING]


def test_without_a_permit_for_any_part_it_is_not_there(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "mood")
    stored = house.trust.writes(plan(shared.at_trust, activity("housing"), activity("alcohol")))
    made_up = "CarePlan/123e4567-e89b-42d3-a456-426614174000"
    assert house.drugs.get(stored) == house.drugs.get(made_up)
    assert house.drugs.finds("CarePlan", patient=shared.at_drugs) == []


def test_a_denial_takes_a_part_and_leaves_the_rest(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    denied = consent(
        shared.person.me, "deny", house.drugs.who.organization, securityLabel=[TOPICS["housing"]]
    )
    shared.person.created(denied)
    stored = house.trust.writes(plan(shared.at_trust, activity("housing"), activity("alcohol")))
    assert codes(house.drugs.read(stored)) == [ALCOHOL]
    assert house.drugs.read(stored)["status"] == "active"


def test_a_denied_core_takes_everything(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    mine = {"security": [TOPICS["mood"]]}
    stored = house.trust.writes(plan(shared.at_trust, activity("alcohol"), meta=mine))
    assert house.drugs.get(stored).status == 200
    denied = consent(
        shared.person.me, "deny", house.drugs.who.organization, securityLabel=[TOPICS["mood"]]
    )
    shared.person.created(denied)
    assert house.drugs.get(stored).status == 404


def test_words_of_the_whole_and_the_narrative_are_their_authors(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    body = plan(
        shared.at_trust,
        activity("alcohol"),
        activity("housing"),
        title="UNSEEN title",
        description="UNSEEN description",
        note=[{"text": "UNSEEN note"}],
        text={"status": "generated", "div": DIV},
    )
    stored = house.trust.writes(body)
    seen = house.drugs.get(stored).body
    assert b"UNSEEN" not in seen
    assert b"all of it" not in seen
    assert {"title", "description", "note", "text"}.isdisjoint(body_of(house.drugs.get(stored)))
    whole = shared.person.read(stored)
    assert (whole["title"], whole["note"]) == ("UNSEEN title", [{"text": "UNSEEN note"}])


def test_labels_are_those_of_what_is_seen(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.housing, "housing")
    stored = house.trust.writes(plan(shared.at_trust, activity("housing"), activity("alcohol")))
    seen = {each["code"] for each in house.housing.read(stored)["meta"]["security"]}
    assert seen == {"social", "N"}
    written = house.housing.writes(
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "focus": {"reference": stored},
            "for": {"reference": shared.at_housing},
        }
    )
    mine = {each["code"] for each in house.housing.read(written)["meta"]["security"]}
    assert "ETHUD" not in mine


def test_nothing_is_found_by_a_part_that_is_not_seen(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    stored = house.trust.writes(plan(shared.at_trust, activity("housing"), activity("alcohol")))

    def finds(**named: str) -> list[str]:
        query = [
            ("patient", shared.at_drugs),
            *((n.replace("_", "-"), v) for n, v in named.items()),
        ]
        return house.drugs.finds("CarePlan", *query)

    assert finds(activity_code=ALCOHOL) == [stored]
    assert finds(activity_code=HOUSING) == []
    assert finds(activity_code=f"{SNOMED}|{HOUSING}") == []
    assert finds(status="active") == [stored]
    assert house.trust.finds("CarePlan", ("patient", shared.at_trust), ("activity-code", HOUSING))


def test_counts_are_of_what_is_seen(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    for topic in ("alcohol", "housing", "housing"):
        house.trust.writes(plan(shared.at_trust, activity(topic)))
    asked = (("patient", shared.at_drugs), ("_summary", "count"))
    assert body_of(house.drugs.ask("CarePlan", *asked))["total"] == 1
    asked = (("patient", shared.at_drugs), ("activity-code", HOUSING), ("_summary", "count"))
    assert body_of(house.drugs.ask("CarePlan", *asked))["total"] == 0


def test_a_change_in_what_is_not_seen_is_no_version(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    shared.permit(house.housing, "housing")
    whole = house.trust.created(plan(shared.at_trust, activity("housing"), activity("alcohol")))
    stored = f"CarePlan/{whole['id']}"
    before = house.drugs.get(stored)
    whole["activity"][0]["detail"]["status"] = "completed"
    whole["activity"].append(activity("mood"))
    assert house.trust.put(whole).status == 200
    after = house.drugs.get(stored)
    assert (after.body, after.headers) == (before.body, before.headers)
    assert len(house.drugs.history(f"{stored}/_history")) == 1
    assert len(house.housing.history(f"{stored}/_history")) == 2
    assert len(house.trust.history(f"{stored}/_history")) == 2
    version = body_of(before)["meta"]["versionId"]
    assert house.drugs.look(f"{stored}/_history/{version}").body == before.body
    assert house.drugs.finds("CarePlan", patient=shared.at_drugs) == [stored]


def test_a_part_that_came_later_begins_the_history(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    whole = house.trust.created(plan(shared.at_trust, activity("housing")))
    stored = f"CarePlan/{whole['id']}"
    assert house.drugs.get(stored).status == 404
    whole["activity"].append(activity("alcohol"))
    house.trust.put(whole)
    [only] = house.drugs.history(f"{stored}/_history")
    assert only["request"]["method"] == "POST"
    assert codes(only["resource"]) == [ALCOHOL]


def test_deleted_is_gone_for_those_who_saw_a_part(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs, "alcohol")
    stored = house.trust.writes(plan(shared.at_trust, activity("housing"), activity("alcohol")))
    assert house.trust.delete(stored).status == 204
    assert house.drugs.get(stored).status == 410
    assert house.housing.get(stored).status == 404


def test_taking_back_ends_each_part(shared: Shared) -> None:
    house = shared.house
    given = shared.permit(house.drugs, "alcohol")
    stored = house.trust.writes(plan(shared.at_trust, activity("alcohol")))
    assert house.drugs.get(stored).status == 200
    assert shared.person.put(given | {"status": "inactive"}).status == 200
    assert house.drugs.get(stored).status == 404
