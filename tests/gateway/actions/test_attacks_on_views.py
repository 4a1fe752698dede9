"""What somebody might try to learn of, or do to, the parts of a plan that they do not see. Two
plans that differ only there answer alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from callers import Caller, House, body_of, entry, places
from plans import ALCOHOL, HOUSING, Shared, activity, codes, plan, team_of

from gateway.actions.answer import Answer

Json = dict[str, Any]
SECRET = activity("housing", description="unseen")


@pytest.fixture
def shared(house: House) -> Shared:
    both = Shared(house)
    both.permit(house.drugs, "alcohol")
    return both


def pair(shared: Shared) -> tuple[str, str]:
    """Two plans that look alike to the drug service; the second holds more."""
    house = shared.house
    team = house.trust.writes(team_of(shared.at_trust, house.drugs))
    goal = house.trust.writes(
        {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"coding": [{"system": "http://snomed.info/sct", "code": HOUSING}]},
            "subject": {"reference": shared.at_trust},
        }
    )
    named: Json = {"careTeam": [{"reference": team}]}
    plain = house.trust.writes(plan(shared.at_trust, activity("alcohol"), **named))
    secret = plan(
        shared.at_trust,
        SECRET,
        activity("alcohol"),
        activity("housing"),
        title="unseen",
        note=[{"text": "unseen"}],
        goal=[{"reference": goal}],
        **named,
    )
    return plain, house.trust.writes(secret)


def told(answer: Answer, *plans: str) -> tuple[int, bytes]:
    """An answer without what differs between any two plans."""
    body = answer.body
    if answer.status < 400:
        seen = body_of(answer)
        for each in (seen, seen.get("meta", {})):
            for name in ("id", "versionId", "lastUpdated"):
                each.pop(name, None)
        body = repr(seen).encode()
    return answer.status, body


Tries = Callable[[Caller, str, Json], Answer]


def with_activities(*more: Json) -> Tries:
    return lambda who, _, seen: who.put(seen | {"activity": [*seen["activity"], *more]})


def replaced(**more: Any) -> Tries:
    return lambda who, _, seen: who.put(seen | more)


def patched(*operations: Json) -> Tries:
    return lambda who, stored, _: who.patch(stored, *operations)


TRIES: dict[str, Tries] = {
    "the same again": lambda who, _, seen: who.put(seen),
    "a guess at what is there": with_activities(activity("housing")),
    "a guess, word by word": with_activities(SECRET),
    "many guesses": with_activities(*[activity("housing")] * 5),
    "a note": replaced(note=[{"text": "unseen"}]),
    "a title": replaced(title="unseen"),
    "a description": replaced(description="x"),
    "nothing to do": lambda who, _, seen: who.put(
        {k: v for k, v in seen.items() if k != "activity"}
    ),
    "another order": lambda who, _, seen: who.put(
        seen | {"activity": [activity("mood"), *seen["activity"]]}
    ),
    "a patch behind what is seen": patched({"op": "remove", "path": "/activity/1"}),
    "a copy of what is not seen": patched(
        {"op": "copy", "from": "/activity/2", "path": "/activity/-"}
    ),
    "a test for the title": patched({"op": "test", "path": "/title", "value": "unseen"}),
    "a test for no note": patched({"op": "test", "path": "/note", "value": None}),
    "a test for the number": patched({"op": "test", "path": "/activity/1", "value": SECRET}),
    "an addition behind the last": patched(
        {"op": "add", "path": "/activity/-", "value": activity("alcohol")}
    ),
    "an addition at a place": patched(
        {"op": "add", "path": "/activity/1", "value": activity("alcohol")}
    ),
    "an old version": lambda who, _, seen: who.put(seen, if_match='W/"0123456789abcdef"'),
    "a deletion": lambda who, stored, _: who.delete(stored),
    "another team": replaced(careTeam=[]),
    "a stranger": with_activities(
        activity(
            "alcohol", performer=[{"reference": "Patient/123e4567-e89b-42d3-a456-426614174000"}]
        )
    ),
}


@pytest.mark.parametrize("name", TRIES)
def test_no_write_tells_of_what_is_not_seen(shared: Shared, name: str) -> None:
    plain, secret = pair(shared)
    drugs = shared.house.drugs
    answers = [told(TRIES[name](drugs, each, drugs.read(each))) for each in (plain, secret)]
    assert answers[0] == answers[1]
    seen = [told(drugs.get(each)) for each in (plain, secret)]
    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", TRIES)
def test_no_write_takes_anything_that_is_not_seen(shared: Shared, name: str) -> None:
    _, secret = pair(shared)
    house = shared.house
    before = house.trust.read(secret)
    TRIES[name](house.drugs, secret, house.drugs.read(secret))
    after = house.trust.read(secret)
    unseen = [each for each in before["activity"] if codes({"activity": [each]}) == [HOUSING]]
    assert [each for each in after["activity"] if each in unseen][: len(unseen)] == unseen
    assert (after["title"], after["goal"]) == (before["title"], before["goal"])
    assert before["note"][0] in after["note"]


ASKS = (
    "CarePlan?patient={me}&activity-code={housing}",
    "CarePlan?patient={me}&activity-code:not={housing}&_summary=count",
    "CarePlan?patient={me}&goal:missing=false",
    "CarePlan?patient={me}&_security=social",
    "CarePlan?patient={me}&_include=CarePlan:goal",
    "CarePlan?patient={me}&goal.lifecycle-status=active",
    "CarePlan?patient={me}&activity-code={alcohol}&_sort=activity-date",
    "Goal?patient={me}&_has:CarePlan:goal:status=active",
    "Goal?patient={me}&_revinclude=CarePlan:goal",
    "CarePlan?patient={me}&_elements=activity",
    "CarePlan?patient={me}&_summary=true",
    "CarePlan/_history",
)


@pytest.mark.parametrize("asked", ASKS)
def test_no_question_finds_what_is_not_seen(shared: Shared, asked: str) -> None:
    plain, secret = pair(shared)
    drugs = shared.house.drugs
    answer = drugs.look(asked.format(me=shared.at_drugs, housing=HOUSING, alcohol=ALCOHOL))
    assert answer.status == 200, answer.body
    assert b"unseen" not in answer.body
    found = [each["resource"] for each in body_of(answer).get("entry", ())]
    assert {each["resourceType"] for each in found} <= {"CarePlan"}
    mine = {f"CarePlan/{each['id']}" for each in found}
    assert mine in (set(), {plain, secret})
    assert body_of(answer).get("total", len(mine)) in (0, 2)
    assert HOUSING.encode() not in answer.body.replace(asked_for(asked), b"")


def asked_for(asked: str) -> bytes:
    """What a link says again of the question."""
    return HOUSING.encode() if "{housing}" in asked else b"\0"


def test_a_transaction_writes_through_a_view_too(shared: Shared) -> None:
    _, secret = pair(shared)
    house = shared.house
    seen = house.drugs.read(secret)
    seen["activity"][0]["detail"]["status"] = "completed"
    answer = house.drugs.transact(entry(seen, f"urn:uuid:{seen['id']}", method="PUT", url=secret))
    assert answer.status == 200, answer.body
    assert codes(house.trust.read(secret)) == [HOUSING, ALCOHOL, HOUSING]
    assert house.trust.read(secret)["activity"][1]["detail"]["status"] == "completed"


def test_a_guess_that_is_right_does_not_bring_out_what_was_guessed(shared: Shared) -> None:
    _, secret = pair(shared)
    house = shared.house
    seen = house.drugs.read(secret)
    house.drugs.put(seen | {"activity": [SECRET, *seen["activity"]]})
    assert len(house.drugs.read(secret)["activity"]) == 2
    assert house.drugs.read(secret)["activity"][0] == SECRET
    assert len(house.trust.read(secret)["activity"]) == 4


def test_what_one_service_added_is_not_anothers_to_see(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.housing, "housing")
    _, secret = pair(shared)
    seen = house.drugs.read(secret)
    house.drugs.put(seen | {"note": [{"text": "ours"}]})
    assert b"ours" in house.drugs.get(secret).body
    assert b"ours" not in house.housing.get(secret).body


def test_who_leaves_the_team_keeps_reading_and_writes_no_more(shared: Shared) -> None:
    house = shared.house
    _, secret = pair(shared)
    team = house.trust.read(house.trust.read(secret)["careTeam"][0]["reference"])
    assert house.trust.put({k: v for k, v in team.items() if k != "participant"}).status == 200
    seen = house.drugs.read(secret)
    seen["activity"][0]["detail"]["status"] = "completed"
    answer = house.drugs.put(seen)
    assert (answer.status, places(answer)) == (403, ["CarePlan"])


def test_a_part_that_may_be_seen_no_more_is_kept_from_a_later_write(shared: Shared) -> None:
    """Seen yesterday, withheld today: what is sent of it today is new, and the old one stays."""
    house = shared.house
    given = shared.permit(house.drugs, "housing")
    _, secret = pair(shared)
    yesterday = house.drugs.read(secret)
    assert HOUSING in codes(yesterday)
    shared.person.put(given | {"status": "inactive"})
    house.drugs.put(yesterday)
    assert codes(house.trust.read(secret)).count(HOUSING) >= 2
    assert SECRET in house.trust.read(secret)["activity"]
