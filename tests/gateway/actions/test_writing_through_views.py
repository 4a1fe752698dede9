"""Whoever writes back what they saw changes that, and nothing that they did not see."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, body_of, patient, places, referral, score
from plans import ALCOHOL, HOUSING, Shared, activity, codes, plan, team_of

Json = dict[str, Any]


@pytest.fixture
def shared(house: House) -> Shared:
    both = Shared(house)
    both.permit(house.drugs, "alcohol")
    both.permit(house.housing, "housing")
    return both


def written(shared: Shared, *activities: Json, **more: Any) -> str:
    """A plan of the trust's with both services in its team."""
    house = shared.house
    team = house.trust.writes(team_of(shared.at_trust, house.drugs, house.housing))
    acts = activities or (activity("housing"), activity("alcohol"))
    return house.trust.writes(plan(shared.at_trust, *acts, careTeam=[{"reference": team}], **more))


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
    shared.permit(house.drugs)  # everything that the rules can judge, the core too
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


# --- who may ---------------------------------------------------------------------------------


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


# --- a Task's owner --------------------------------------------------------------------------


def sent(house: House, **more: Any) -> tuple[str, Json]:
    mine = house.trust.writes(patient())
    seen = house.trust.writes(score(mine))
    receiver = house.drugs.who.organization
    [_, task, *_] = house.trust.sent(
        *referral(mine, house.trust.who.organization, receiver, seen, **more)
    )
    return task, {"type": {"text": "seen"}, "valueString": "first"}


def test_an_owner_adds_outputs_and_takes_none_away(house: House) -> None:
    task, first = sent(house)
    body = house.drugs.read(task) | {"status": "accepted", "output": [first]}
    assert house.drugs.put(body).status == 200
    second = first | {"valueString": "second"}
    body = house.drugs.read(task) | {"status": "in-progress", "output": [first, second]}
    assert house.drugs.put(body).status == 200
    for fewer in ([second], [first | {"valueString": "altered"}, second], None):
        body = house.drugs.read(task) | {"status": "completed"}
        body |= {"output": fewer}
        if fewer is None:
            del body["output"]
        answer = house.drugs.put(body)
        assert (answer.status, places(answer)) == (422, ["Task.output"])
    assert house.drugs.read(task)["output"] == [first, second]


def test_an_output_that_the_owner_does_not_see_stays(house: House) -> None:
    unseen = house.trust.writes(score(house.trust.writes(patient(2))))
    with_unseen = {"type": {"text": "unseen"}, "valueReference": {"reference": unseen}}
    task, first = sent(house, output=[with_unseen])
    seen = house.drugs.read(task)
    assert "output" not in seen
    answer = house.drugs.put(seen | {"status": "accepted", "output": [first]})
    assert answer.status == 200
    assert body_of(answer)["output"] == [first]
    assert house.trust.read(task)["output"] == [with_unseen, first]
