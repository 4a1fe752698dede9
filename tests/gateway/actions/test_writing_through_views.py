"""Whoever writes back what they saw changes that, and nothing that they did not see."""

from __future__ import annotations

import pytest
from callers import House, body_of, consent, patient, places
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


@pytest.fixture
def shared(house: House) -> Shared:
    return permitted_to_both(house)


def test_what_was_read_and_sent_back_changes_nothing(shared: Shared) -> None:
    house = shared.house
    stored = written(shared, title="ours", note=[{"text": "ours"}])
    before = house.trust.get(stored).body
    for service in (house.drugs, house.housing):
        assert service.put(service.read(stored)).status == 200
    assert house.trust.get(stored).body == before
    assert len(house.trust.history(f"{stored}/_history")) == 1


def test_three_organisations_in_turn_keep_each_others_work(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    for service, mine in ((house.drugs, "alcohol"), (house.housing, "housing")):
        seen = service.read(stored)
        seen["activity"][0]["detail"]["status"] = "completed"
        seen["activity"].append(activity(mine, "not-started"))
        answer = service.put(seen, if_match=f'W/"{seen["meta"]["versionId"]}"')
        assert answer.status == 200
        assert codes(body_of(answer)) == codes(seen)
    whole = house.trust.read(stored)
    did = [
        (each["detail"]["code"]["coding"][0]["code"], each["detail"]["status"])
        for each in whole["activity"]
    ]
    assert sorted(did) == sorted(
        [
            (HOUSING, "completed"),
            (ALCOHOL, "completed"),
            (ALCOHOL, "not-started"),
            (HOUSING, "not-started"),
        ]
    )
    whole["status"] = "completed"
    assert house.trust.put(whole).status == 200
    assert house.drugs.read(stored)["status"] == "completed"
    assert len(shared.person.read(stored)["activity"]) == 4


def test_a_stale_version_of_the_view_is_a_conflict_and_an_unseen_change_is_none(
    shared: Shared,
) -> None:
    house = shared.house
    stored = written(shared)
    mine, theirs = house.drugs.read(stored), house.housing.read(stored)
    theirs["activity"][0]["detail"]["status"] = "completed"
    assert house.housing.put(theirs).status == 200
    match = f'W/"{mine["meta"]["versionId"]}"'
    mine["activity"][0]["detail"]["status"] = "on-hold"
    assert house.drugs.put(mine, if_match=match).status == 200
    assert house.drugs.put(mine, if_match=match).status == 412
    statuses = [each["detail"]["status"] for each in house.trust.read(stored)["activity"]]
    assert statuses == ["completed", "on-hold"]


def test_a_patch_addresses_what_is_seen(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    done = {"op": "replace", "path": "/activity/0/detail/status", "value": "completed"}
    is_mine = {"op": "test", "path": "/activity/0/detail/code/coding/0/code", "value": ALCOHOL}
    assert house.drugs.patch(stored, is_mine, done).status == 200
    statuses = [each["detail"]["status"] for each in house.trust.read(stored)["activity"]]
    assert statuses == ["scheduled", "completed"]
    nowhere = {"op": "remove", "path": "/activity/1"}
    answer = house.drugs.patch(stored, nowhere)
    assert (answer.status, places(answer)) == (422, ["patch[0]"])
    wrong = {"op": "test", "path": "/activity/0/detail/code/coding/0/code", "value": HOUSING}
    assert house.drugs.patch(stored, wrong).status == 409


def test_what_a_service_adds_it_sees_whatever_its_words(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    seen = house.drugs.read(stored)
    seen["activity"].append(activity("mood", description="we meet on Fridays"))
    seen["note"] = [{"text": "we call first"}]
    assert house.drugs.put(seen).status == 200
    again = house.drugs.read(stored)
    assert again["note"] == [{"text": "we call first"}]
    assert again["activity"][1]["detail"]["description"] == "we meet on Fridays"
    assert b"Fridays" not in house.housing.get(stored).body
    assert b"Fridays" in house.trust.get(stored).body
    assert b"Fridays" in shared.person.get(stored).body


def test_its_own_words_stay_its_own_until_somebody_changes_them(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    seen = house.drugs.read(stored)
    seen["note"] = [{"text": "we call first"}]
    house.drugs.put(seen)
    whole = house.trust.read(stored)
    whole["note"].insert(0, {"text": "ours"})
    whole["activity"].reverse()
    house.trust.put(whole)
    assert house.drugs.read(stored)["note"] == [{"text": "we call first"}]
    whole = house.trust.read(stored)
    whole["note"][1]["text"] = "ours now"
    house.trust.put(whole)
    assert "note" not in house.drugs.read(stored)
    assert len(house.drugs.history(f"{stored}/_history")) >= 3


def test_its_own_words_open_nothing_after_the_permit_is_taken_back(shared: Shared) -> None:
    house = shared.house
    person = house.person(1)
    at_trust, _ = house.trust.writes(patient(1)), house.drugs.writes(patient(1))
    team = house.trust.writes(team_of(at_trust, house.drugs))
    theirs = Shared.of(house, person)
    given = theirs.permit(house.drugs, "alcohol")
    stored = house.trust.writes(plan(at_trust, activity("alcohol"), careTeam=[{"reference": team}]))
    seen = house.drugs.read(stored)
    assert house.drugs.put(seen | {"note": [{"text": "we call first"}]}).status == 200
    assert person.put(given | {"status": "inactive"}).status == 200
    assert house.drugs.get(stored).status == 404


def test_unseen_parts_stay_in_their_place(shared: Shared) -> None:
    house = shared.house
    order = ("housing", "alcohol", "housing", "alcohol", "housing")
    stored = written(shared, *(activity(each) for each in order))
    seen = house.drugs.read(stored)
    seen["activity"] = [seen["activity"][0], activity("alcohol", "not-started")]
    seen["activity"][0]["detail"]["status"] = "completed"
    house.drugs.put(seen)
    assert codes(house.trust.read(stored))[0::2][:1] == [HOUSING]
    assert codes(house.trust.read(stored)).count(HOUSING) == 3
    statuses = {
        each["detail"]["status"]
        for each in house.trust.read(stored)["activity"]
        if codes({"activity": [each]}) == [HOUSING]
    }
    assert statuses == {"scheduled"}


def test_all_that_is_seen_may_go_and_the_rest_stays(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)  # the core too
    hiv = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
    drugs = house.drugs.who.organization
    shared.person.writes(consent(shared.person.me, "deny", drugs, securityLabel=[hiv]))
    kind = {"system": "https://onestory.example/fhir/CodeSystem/care-plan", "code": "review"}
    unseen = activity("housing", description="unseen")
    stored = written(shared, unseen, activity("alcohol"), category=[{"coding": [kind]}])
    seen = house.drugs.read(stored)
    del seen["activity"]
    assert house.drugs.put(seen).status == 200
    assert codes(house.trust.read(stored)) == [HOUSING]
    assert "activity" not in house.drugs.read(stored)


def test_what_would_leave_nothing_to_see_is_refused_without_a_word_of_the_rest(
    shared: Shared,
) -> None:
    house = shared.house
    stored = written(shared)
    before = house.trust.get(stored).body
    seen = house.drugs.read(stored)
    del seen["activity"]
    answer = house.drugs.put(seen)
    assert (answer.status, places(answer)) == (422, ["CarePlan"])
    alone = written(shared, activity("alcohol"))
    seen = house.drugs.read(alone)
    del seen["activity"]
    assert house.drugs.put(seen).body == answer.body
    assert house.trust.get(stored).body == before


def test_the_words_beside_a_code_stay_as_long_as_the_code_does(shared: Shared) -> None:
    house = shared.house
    mine = activity("alcohol")
    mine["detail"]["code"]["text"] = "Drinking less"
    mine["detail"]["code"]["coding"][0]["display"] = "The trust's own words"
    stored = written(shared, mine)
    seen = house.drugs.read(stored)
    assert "text" not in seen["activity"][0]["detail"]["code"]
    seen["activity"][0]["detail"]["status"] = "completed"
    assert house.drugs.put(seen).status == 200
    [after] = house.trust.read(stored)["activity"]
    assert after["detail"] == mine["detail"] | {"status": "completed"}


def test_a_writers_own_patient_becomes_the_authors(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    seen = house.drugs.read(stored)
    me = {"reference": shared.at_drugs}
    seen["activity"].append(activity("alcohol", performer=[me]))
    assert house.drugs.put(seen).status == 200
    assert house.trust.read(stored)["activity"][-1]["detail"]["performer"] == [
        {"reference": shared.at_trust}
    ]
    assert house.drugs.read(stored)["activity"][-1]["detail"]["performer"] == [me]


@pytest.mark.parametrize("known", [True, False])
def test_nobody_else_comes_into_the_plan(shared: Shared, known: bool) -> None:
    house = shared.house
    other = (
        house.drugs.writes(patient(1)) if known else "Patient/123e4567-e89b-42d3-a456-426614174000"
    )
    stored = written(shared)
    seen = house.drugs.read(stored)
    seen["activity"].append(activity("alcohol", performer=[{"reference": other}]))
    answer = house.drugs.put(seen)
    assert (answer.status, places(answer)) == (
        422,
        ["CarePlan.activity[1].detail.performer[0].reference"],
    )
