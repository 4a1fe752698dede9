"""What the parts of a resource are, and what is judged of each."""

from __future__ import annotations

from typing import Any

import pytest

import fhir_profiles
from consent.parts import (
    alone,
    authors_alone,
    goes_along,
    has_parts,
    holder,
    keeping,
    part_at,
    places_of,
    wordless,
)

Json = dict[str, Any]
PLAN: Json = {
    "resourceType": "CarePlan",
    "status": "active",
    "title": "a plan",
    "_title": {"id": "t"},
    "activity": [{"id": "one"}, {"id": "two"}],
}
SECTIONS: Json = {
    "resourceType": "Composition",
    "title": "a story",
    "section": [
        {"title": "first", "section": [{"title": "inner"}, {"title": "other"}]},
        {"title": "second", "entry": [{"reference": "Goal/1"}]},
    ],
}


def test_parts_are_listed_with_what_holds_them_first() -> None:
    assert places_of(PLAN) == (("title",), ("activity", 0), ("activity", 1))
    assert places_of(SECTIONS) == (
        ("section", 0),
        ("section", 0, "section", 0),
        ("section", 0, "section", 1),
        ("section", 1),
        ("section", 1, "entry", 0),
    )
    assert holder(("section", 0, "section", 1)) == ("section", 0)
    assert holder(("title",)) is None


def test_a_type_without_parts_has_none() -> None:
    assert not has_parts("Observation")
    assert places_of({"resourceType": "Observation", "note": [{"text": "x"}]}) == ()


def test_one_part_is_judged_with_the_core_and_no_other() -> None:
    core = keeping(PLAN, ())
    assert core == {"resourceType": "CarePlan", "status": "active"}
    assert alone(PLAN, core, ("activity", 1)) == core | {"activity": [{"id": "two"}]}
    assert alone(PLAN, core, ("title",)) == core | {"title": "a plan", "_title": {"id": "t"}}


def test_a_part_within_a_part_is_judged_with_what_holds_it() -> None:
    core = keeping(SECTIONS, ())
    assert alone(SECTIONS, core, ("section", 0)) == core | {"section": [{"title": "first"}]}
    assert alone(SECTIONS, core, ("section", 0, "section", 1)) == core | {
        "section": [{"title": "first", "section": [{"title": "other"}]}]
    }


@pytest.mark.parametrize("resource", [PLAN, SECTIONS])
def test_every_part_kept_is_the_whole(resource: Json) -> None:
    assert keeping(resource, places_of(resource)) == resource


def test_nothing_is_left_of_a_part_that_goes() -> None:
    kept = frozenset(places_of(SECTIONS)) - {("section", 1, "entry", 0), ("section", 0)}
    assert keeping(SECTIONS, kept)["section"] == [{"title": "second"}]


@pytest.mark.parametrize(("kind", "core"), [("document", 1), ("message", 1), ("collection", 0)])
def test_what_begins_a_document_or_a_message_is_its_core(kind: str, core: int) -> None:
    bundle = {"resourceType": "Bundle", "type": kind, "entry": [{"fullUrl": "a"}, {"fullUrl": "b"}]}
    assert len(keeping(bundle, ()).get("entry", [])) == core
    assert len(places_of(bundle)) == 2 - core
    last = alone(bundle, keeping(bundle, ()), ("entry", 1))
    assert last["entry"][-1] == {"fullUrl": "b"}
    assert len(last["entry"]) == 1 + core


def test_counts_and_signatures_of_a_whole_are_its_authors() -> None:
    assert authors_alone("Bundle") == {"link", "signature", "total"}
    assert authors_alone("CarePlan") == frozenset()


def test_every_part_is_an_element_of_its_type_that_may_be_missing() -> None:
    table = fhir_profiles.load("labels/parts.json")
    for type_, names in table["parts"].items():
        shape = fhir_profiles.load(f"structure/{type_}.json")[type_]
        assert set(names) <= shape.keys()
        assert not any(shape[name].get("min") for name in names)
        assert set(table["authors_alone"].get(type_, ())) <= shape.keys()


def test_a_part_is_found_where_it_stands() -> None:
    assert part_at(SECTIONS, ("section", 0, "section", 1)) == {"title": "other"}


def test_what_is_beside_a_part_goes_with_it() -> None:
    only_beside = {"resourceType": "CarePlan", "status": "active", "_title": {"id": "t"}}
    assert places_of(only_beside) == (("title",),)
    assert keeping(only_beside, ()) == {"resourceType": "CarePlan", "status": "active"}
    assert keeping(only_beside, [("title",)]) == only_beside
    core = {"resourceType": "CarePlan"}
    assert alone(only_beside, core, ("title",)) == core | {"_title": {"id": "t"}}


def test_what_is_beside_the_core_stays() -> None:
    whole = {"resourceType": "CarePlan", "status": "active", "_status": {"id": "s"}, "title": "x"}
    assert keeping(whole, ()) == {
        "resourceType": "CarePlan",
        "status": "active",
        "_status": {"id": "s"},
    }


def test_a_part_that_is_no_object_is_a_part_all_the_same() -> None:
    odd = {"resourceType": "CarePlan", "activity": ["one", {"id": "two"}]}
    assert places_of(odd) == (("activity", 0), ("activity", 1))
    assert keeping(odd, [("activity", 0)])["activity"] == ["one"]
    assert alone(odd, {}, ("activity", 0)) == {"activity": ["one"]}


def test_one_part_is_put_beside_what_the_core_has_of_its_kind() -> None:
    document = {"resourceType": "Bundle", "type": "document", "entry": [{"id": "a"}, {"id": "b"}]}
    core = keeping(document, ())
    assert alone(document, core, ("entry", 1))["entry"] == [{"id": "a"}, {"id": "b"}]
    assert core["entry"] == [{"id": "a"}]


def test_only_a_bundle_begins_with_what_is_its_core() -> None:
    listed = {"resourceType": "List", "type": "document", "entry": [{"id": "a"}]}
    assert places_of(listed) == (("entry", 0),)
    assert "entry" not in keeping(listed, ())


def test_what_a_part_holds_is_kept_or_not_by_itself() -> None:
    kept = [("section", 0), ("section", 0, "section", 1), ("section", 1)]
    assert keeping(SECTIONS, kept)["section"] == [
        {"title": "first", "section": [{"title": "other"}]},
        {"title": "second"},
    ]
    assert keeping(SECTIONS, [("section", 1), ("section", 1, "entry", 0)])["section"] == [
        {"title": "second", "entry": [{"reference": "Goal/1"}]}
    ]


def test_words_that_nobody_judges_are_left_out_or_put_in_ours() -> None:
    nested = SECTIONS | {"title": "of drinking", "status": "final"}
    bare = wordless(nested)
    assert bare == {
        "resourceType": "Composition",
        "status": "final",
        "section": [{"section": [{}, {}]}, {"entry": [{"reference": "Goal/1"}]}],
    }
    assert wordless(nested, put=True) == bare | {"title": "Document"}
    assert wordless(PLAN) == wordless(PLAN, put=True) == PLAN


def test_only_what_adds_nothing_goes_along_with_the_core() -> None:
    assert goes_along(("contained", 0))
    assert goes_along(("extension", 1))
    assert not goes_along(("title",))
    assert not goes_along(("entry", 0))
