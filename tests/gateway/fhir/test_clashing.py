"""Of two changes to what both had read, what meets is found, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.fhir.clashing import Clash, clashes

Json = dict[str, Any]


def plan(*activities: Json, **more: Any) -> Json:
    body = {"resourceType": "CarePlan", "id": "1", "meta": {"versionId": "a"}}
    return body | ({"activity": list(activities)} if activities else {}) | more


def act(code: str, status: str, **more: Any) -> Json:
    return {
        "detail": {"code": {"coding": [{"system": "s", "code": code}]}, "status": status} | more
    }


def found(before: Json, theirs: Json, yours: Json) -> list[Clash]:
    return list(clashes(before, theirs, yours))


READ = plan(act("a", "scheduled"), act("b", "scheduled"), status="active")

APART = {
    "nothing was changed": (READ, READ),
    "only they changed it": (
        plan(act("a", "completed"), READ["activity"][1], status="draft"),
        READ,
    ),
    "only you changed it": (READ, plan(act("a", "completed"), READ["activity"][1])),
    "both changed it alike": (READ | {"status": "revoked"}, READ | {"status": "revoked"}),
    "each changed an item of their own": (
        plan(act("a", "completed"), READ["activity"][1], status="active"),
        plan(READ["activity"][0], act("b", "completed"), status="active"),
    ),
    "both added an item": (
        READ | {"activity": [*READ["activity"], act("c", "on-hold")]},
        READ | {"activity": [act("d", "unknown"), *READ["activity"]]},
    ),
    "both began a list": (READ | {"note": [{"text": "x"}]}, READ | {"note": [{"text": "y"}]}),
    "each changed another element of one item": (
        plan(act("a", "completed"), READ["activity"][1], status="active"),
        plan(act("a", "scheduled", doNotPerform=True), READ["activity"][1], status="active"),
    ),
    "the head is nobody's": (READ | {"meta": {}}, READ | {"meta": {"versionId": "b"}, "text": {}}),
}


@pytest.mark.parametrize(("theirs", "yours"), APART.values(), ids=APART)
def test_changes_that_do_not_meet_are_no_clash(theirs: Json, yours: Json) -> None:
    assert found(READ, theirs, yours) == []


def test_an_element_that_each_set_in_their_own_way_is_shown_with_all_three() -> None:
    theirs, yours = READ | {"status": "revoked"}, READ | {"status": "completed"}
    place = "CarePlan.status"
    assert found(READ, theirs, yours) == [Clash(place, place, "active", "revoked", "completed")]


def test_an_item_is_found_wherever_it_stands_now() -> None:
    theirs = plan(READ["activity"][1], act("a", "on-hold"), status="active")
    yours = plan(act("c", "on-hold"), READ["activity"][1], act("a", "completed"), status="active")
    assert found(READ, theirs, yours) == [
        Clash(
            "CarePlan.activity[1].detail.status",
            "CarePlan.activity[2].detail.status",
            "scheduled",
            "on-hold",
            "completed",
        )
    ]


def test_what_one_took_away_and_the_other_changed_is_shown_whole() -> None:
    gone, changed = plan(READ["activity"][1], status="active"), act("a", "completed")
    kept = plan(changed, READ["activity"][1], status="active")
    was = READ["activity"][0]
    at, above = "CarePlan.activity[0]", "CarePlan.activity"
    assert found(READ, gone, kept) == [Clash(above, at, was, None, changed)]
    assert found(READ, kept, gone) == [Clash(at, above, was, changed, None)]


def test_the_last_item_that_one_took_away_and_the_other_changed_is_shown_too() -> None:
    one = plan(act("a", "scheduled"))
    changed = plan(act("a", "completed"))
    [clash] = found(one, plan(), changed)
    assert (clash.theirs, clash.yours) == (None, changed["activity"][0])


def test_words_that_both_wrote_anew_stand_side_by_side() -> None:
    before, theirs, yours = (plan(note=[{"text": text}]) for text in ("old", "theirs", "yours"))
    at = "CarePlan.note[0].text"
    assert found(before, theirs, yours) == [Clash(at, at, "old", "theirs", "yours")]
