"""A resource without some of its parts has nothing left that names them."""

from __future__ import annotations

from typing import Any

from gateway.fhir.parting import parted, without_orphans

Json = dict[str, Any]
NOTHING: frozenset[str] = frozenset()


def goal(id_: str, *names: str) -> Json:
    more = {"addresses": [{"reference": each} for each in names]} if names else {}
    return {"resourceType": "Goal", "id": id_, "lifecycleStatus": "active"} | more


def act(*goals: str) -> Json:
    return {"detail": {"status": "scheduled", "goal": [{"reference": each} for each in goals]}}


def plan(contained: list[Json], *activities: Json) -> Json:
    return {
        "resourceType": "CarePlan",
        "id": "1",
        "status": "active",
        "contained": contained,
        "activity": list(activities),
    }


def test_references_within_go_with_what_they_name() -> None:
    whole = plan([goal("a"), goal("b")], act("#a", "#b"), act("#a"))
    seen = parted(whole, frozenset({("contained", 0)}), NOTHING)
    assert seen is not None
    assert seen["contained"] == [goal("b")]
    assert seen["activity"] == [act("#b"), {"detail": {"status": "scheduled"}}]


def test_what_nothing_names_any_more_goes_too() -> None:
    whole = plan([goal("a", "#b"), goal("b"), goal("c")], act("#a"), act("#c"))
    seen = parted(whole, frozenset({("activity", 1)}), NOTHING)
    assert seen is not None
    assert [each["id"] for each in seen["contained"]] == ["a", "b"]
    without_any = parted(whole, frozenset({("activity", 0), ("activity", 1)}), NOTHING)
    assert without_any is not None
    assert {"contained", "activity"}.isdisjoint(without_any)


def test_what_names_the_whole_stays() -> None:
    about_the_whole = goal("a", "#")
    whole = plan([about_the_whole], act("#a"))
    seen = parted(whole, frozenset({("activity", 0)}), NOTHING)
    assert seen is not None
    assert seen["contained"] == [about_the_whole]


def test_what_cannot_stand_without_something_hidden_goes_as_a_part() -> None:
    team = {"resourceType": "Flag", "id": "a", "subject": {"reference": "Group/1"}}
    whole = plan([team, goal("b")], act("#a", "#b"))
    seen = parted(whole, frozenset(), frozenset({"Group/1"}))
    assert seen is not None
    assert seen["contained"] == [goal("b")]
    assert seen["activity"] == [act("#b")]


def bundle(kind: str, *resources: Json) -> Json:
    return {
        "resourceType": "Bundle",
        "id": "1",
        "type": kind,
        "total": len(resources),
        "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources],
    }


def test_an_entry_goes_with_all_that_names_it() -> None:
    first = goal("a", "urn:uuid:b", "Goal/b", "Goal/c")
    whole = bundle("collection", first, goal("b"))
    seen = parted(whole, frozenset({("entry", 1)}), NOTHING)
    assert seen is not None
    assert "total" not in seen
    assert [each["resource"] for each in seen["entry"]] == [goal("a", "Goal/c")]


def test_a_document_without_its_beginning_is_none() -> None:
    first = {"resourceType": "Flag", "id": "a", "subject": {"reference": "Group/1"}}
    whole = bundle("document", first, goal("b"))
    assert parted(whole, frozenset(), frozenset({"Group/1"})) is None
    seen = parted(bundle("collection", first, goal("b")), frozenset(), frozenset({"Group/1"}))
    assert seen is not None
    assert [each["resource"]["id"] for each in seen["entry"]] == ["b"]


def test_the_narrative_is_for_no_one_else() -> None:
    whole = plan([goal("a")], act("#a")) | {"text": {"status": "generated", "div": "x"}}
    seen = parted(whole, frozenset(), NOTHING)
    assert seen is not None
    assert "text" not in seen


def test_a_contained_resource_without_an_id_is_named_by_nobody() -> None:
    nameless = {"resourceType": "Goal", "lifecycleStatus": "active"}
    whole = plan([nameless, goal("b"), goal("c")], act("#b"))
    seen = parted(whole, frozenset({("contained", 0)}), NOTHING)
    assert seen is not None
    assert seen["contained"] == [goal("b")]
    assert seen["activity"] == [act("#b")]
    left = parted(whole, frozenset(), NOTHING)
    assert left is not None
    assert left["contained"] == [goal("b")]  # nothing names the others


def test_entries_with_nothing_in_them_name_nothing() -> None:
    whole = bundle("collection", goal("a"), goal("b"))
    whole["entry"] += [{"fullUrl": "urn:uuid:c"}, {"resource": {"resourceType": "Goal"}}, {}]
    seen = parted(whole, frozenset({("entry", 2), ("entry", 3), ("entry", 4)}), NOTHING)
    assert seen is not None
    assert [each["resource"] for each in seen["entry"]] == [goal("a"), goal("b")]
    everything = parted(whole, frozenset(), NOTHING)
    assert everything is not None
    assert everything["entry"] == whole["entry"]


def test_what_begins_with_no_resource_loses_none() -> None:
    first = {"response": {"status": "200"}}
    answers = {"resourceType": "Bundle", "type": "batch-response", "entry": [first]}
    assert parted(answers, NOTHING, NOTHING) == answers


def test_the_entries_of_a_list_are_no_resources() -> None:
    listed = [{"item": {"reference": "Goal/a"}}, {"item": {"reference": "Goal/b"}}]
    whole = {"resourceType": "List", "status": "current", "mode": "working", "entry": listed}
    seen = parted(whole, frozenset({("entry", 0)}), NOTHING)
    assert seen is not None
    assert seen["entry"] == listed[1:]
    hidden = parted(whole, frozenset(), frozenset({"Goal/a"}))
    assert hidden is not None
    assert hidden["entry"] == listed[1:]
    nothing_left = parted(whole, frozenset({("entry", 0), ("entry", 1)}), NOTHING)
    assert nothing_left is not None
    assert "entry" not in nothing_left


def test_what_falls_takes_along_what_cannot_stand_without_it() -> None:
    def flag(id_: str, subject: str) -> Json:
        return {"resourceType": "Flag", "id": id_, "subject": {"reference": subject}}

    chain = [flag("a", "Group/1"), flag("b", "#a"), flag("c", "#b"), goal("d")]
    whole = plan(chain, act("#c", "#d"))
    seen = parted(whole, frozenset(), frozenset({"Group/1"}))
    assert seen is not None
    assert seen["contained"] == [goal("d")]
    assert seen["activity"] == [act("#d")]
    untouched = parted(whole, frozenset(), frozenset({"Group/2"}))
    assert untouched is not None
    assert untouched["contained"] == chain


def test_a_collection_may_be_left_without_an_entry_and_a_document_not() -> None:
    first = {"resourceType": "Flag", "id": "a", "subject": {"reference": "Group/1"}}
    hidden = frozenset({"Group/1"})
    emptied = parted(bundle("collection", first), frozenset(), hidden)
    assert emptied is not None
    assert "entry" not in emptied
    assert parted(bundle("document", first), frozenset(), hidden) is None
    bare = {"resourceType": "Bundle", "id": "1", "type": "document"}
    assert parted(bare, frozenset(), hidden) == bare


def test_what_is_named_by_number_alone_names_nothing_within() -> None:
    numbered = goal("a") | {"subject": {"identifier": {"system": "urn:x", "value": "#b"}}}
    whole = plan([numbered, goal("b")], act("#a"))
    seen = parted(whole, frozenset(), NOTHING)
    assert seen is not None
    assert seen["contained"] == [numbered]


def test_what_is_not_released_in_parts_keeps_what_nothing_in_it_names() -> None:
    left: Json = {"resourceType": "Observation", "contained": [goal("a")]}
    assert without_orphans(left) == left
    assert "contained" not in without_orphans(left | {"resourceType": "CarePlan"})
