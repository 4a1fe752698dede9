"""What comes in together is labelled by all that it names, in whatever order it was sent."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from callers import House, body_of, consent, entry, patient, score

Json = dict[str, Any]
SNOMED = "http://snomed.info/sct"
PLAN = {"coding": [{"system": SNOMED, "code": "734163000"}]}
OURS = "https://onestory.example/fhir/CodeSystem/care-plan"
HIV = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}


def labels(resource: Json) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"]}


def is_pending(resource: Json) -> bool:
    return any(each["code"] in ("pending", "unjudged") for each in resource["meta"].get("tag", []))


def goal(subject: str) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"coding": [{"system": OURS, "code": "housing"}]},
        "subject": {"reference": subject},
    }


def plan(subject: str, **more: Any) -> Json:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [PLAN],
        "subject": {"reference": subject},
    } | more


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_plan_carries_what_its_goals_and_needs_are_about(
    house: House, order: tuple[int, ...]
) -> None:
    mine = house.trust.writes(patient())
    aim, need, whole = (f"urn:uuid:{uuid4()}" for _ in range(3))
    entries = [
        entry(goal(mine) | {"addresses": [{"reference": need}]}, aim),
        entry(score(mine), need),
        entry(plan(mine, goal=[{"reference": aim}]), whole),
    ]
    answer = body_of(house.trust.transact(*(entries[at] for at in order)))
    written = [each["response"]["location"].split("/_history")[0] for each in answer["entry"]]
    kept = {each.split("/")[-2]: "/".join(each.split("/")[-2:]) for each in written}
    for kind in ("Goal", "CarePlan"):
        stored = house.trust.read(kept[kind])
        assert labels(stored) == {"social", "ETHUD", "R"}
        assert not is_pending(stored)


def test_an_activity_says_what_the_plan_is_about(house: House) -> None:
    mine = house.trust.writes(patient())
    codes = ("overdose", "staying-safe")
    activities = [
        {"detail": {"status": "scheduled", "code": {"coding": [{"system": OURS, "code": code}]}}}
        for code in codes
    ]
    stored = house.trust.created(plan(mine, activity=activities))
    assert labels(stored) == {"OPIOIDUD", "drugs", "self-harm", "R"}
    words = [{"detail": activities[0]["detail"] | {"description": "in words"}}]
    assert is_pending(house.trust.created(plan(mine, activity=words)))


def document(subject: str, *parts: Json, title: str = "Care plan") -> Json:
    held = [entry_of(each) for each in parts]
    author = {
        "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X"}
    }
    composition = {
        "resourceType": "Composition",
        "status": "final",
        "type": PLAN,
        "subject": {"reference": subject},
        "date": "2026-05-01",
        "author": [author],
        "title": title,
        "section": [{"entry": [{"reference": each["fullUrl"]} for each in held]}],
    }
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:x", "value": "1"},
        "timestamp": "2026-05-01T10:00:00Z",
        "entry": [entry_of(composition), *held],
    }


def entry_of(resource: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{uuid4()}", "resource": resource}


def test_a_document_carries_the_labels_of_all_its_parts(house: House) -> None:
    mine = house.trust.writes(patient())
    stored = house.trust.created(document(mine, score(mine), goal(mine)))
    assert labels(stored) == {"ETHUD", "social", "R"}
    assert not is_pending(stored)
    assert is_pending(house.trust.created(document(mine, score(mine), title="About the clinic")))
    unknown = score(mine, "99999-9")
    assert is_pending(house.trust.created(document(mine, score(mine), unknown)))


def test_a_list_carries_the_labels_of_what_it_lists(house: House) -> None:
    mine = house.trust.writes(patient())
    alcohol, smoking = house.trust.writes(score(mine)), house.trust.writes(score(mine, "72166-2"))
    listed = {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "subject": {"reference": mine},
    }
    items = [{"item": {"reference": each}} for each in (alcohol, smoking)]
    stored = house.trust.created(listed | {"entry": items})
    assert labels(stored) == {"ETHUD", "smoking", "R"}
    elsewhere = [{"item": {"reference": f"Observation/{uuid4()}"}}]
    assert is_pending(house.trust.created(listed | {"entry": elsewhere}))
    assert is_pending(house.trust.created(listed | {"entry": items, "title": "My drinking"}))


def test_who_may_see_the_whole_has_it(house: House) -> None:
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    house.drugs.writes(patient())
    mine = house.trust.writes(patient())
    whole = house.trust.writes(plan(mine) | {"title": "Care plan"})
    worded = house.trust.writes(plan(mine) | {"title": "Care plan for the drinking"})
    assert house.drugs.get(whole).status == 200
    assert b"drinking" in house.drugs.get(worded).body
    me.writes(consent(me.me, "deny", house.organizations["DA1"], securityLabel=[HIV]))
    assert house.drugs.get(whole).status == 200
    assert b"drinking" not in house.drugs.get(worded).body
    assert b"drinking" in house.trust.get(worded).body
