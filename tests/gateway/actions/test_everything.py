"""Patient/$everything brings all that may be seen of a person, page by page, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from callers import (
    MOOD,
    Caller,
    House,
    attestation,
    body_of,
    consent,
    patient,
    places,
    score,
)

from gateway.actions.answer import Answer
from gateway.auth.requester import Role

LABEL = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def everything(caller: Caller, of: str, **query: str) -> Answer:
    asked = [(f"_{n}" if n in ("since", "type", "count") else n, v) for n, v in query.items()]
    return asyncio.run(caller.gateway.everything(caller.who, of.partition("/")[2], asked))


def brought(answer: Answer, mode: str = "match") -> list[str]:
    assert answer.status == 200, answer.body
    entries = body_of(answer).get("entry", [])
    found = [each["resource"] for each in entries if each["search"]["mode"] == mode]
    return [f"{each['resourceType']}/{each['id']}" for each in found]


def pages(caller: Caller, of: str, count: int) -> list[str]:
    """What all pages bring together, following each link."""
    found: list[str] = []
    cursor = ""
    while True:
        query = {"count": str(count)} | ({"_cursor": cursor} if cursor else {})
        answer = everything(caller, of, **query)
        assert len(brought(answer)) <= count
        found += brought(answer)
        links = {each["relation"]: each["url"] for each in body_of(answer)["link"]}
        if "next" not in links:
            return found
        cursor = links["next"].rpartition("_cursor=")[2]


@pytest.fixture
def alcohol(house: House) -> dict[str, str]:
    """The Trust and Drugs know someone, who lets Drugs know about alcohol."""
    theirs, mine = house.trust.writes(patient()), house.drugs.writes(patient())
    me = house.person()
    label = [{"system": LABEL, "code": "ETHUD"}]
    to = house.organizations["DA1"]
    me.writes(consent(me.me, "permit", to, securityLabel=label))
    return {"theirs": theirs, "mine": mine, "me": me.me}


def test_it_brings_the_patient_first_and_then_each_type_as_stored(
    house: House, alcohol: dict[str, str]
) -> None:
    shown = [house.trust.writes(score(alcohol["theirs"])) for _ in range(2)]
    house.trust.writes(score(alcohol["theirs"], MOOD))
    own = house.drugs.writes(
        {
            "resourceType": "Flag",
            "status": "active",
            "code": {"coding": [{"system": "http://loinc.org", "code": MOOD}]},
            "subject": {"reference": alcohol["mine"]},
        }
    )
    assert brought(everything(house.drugs, alcohol["mine"])) == [alcohol["mine"], own, *shown]


def test_nothing_of_it_is_anybodys_who_was_not_permitted(
    house: House, alcohol: dict[str, str]
) -> None:
    house.trust.writes(score(alcohol["theirs"]))
    mine = house.housing.writes(patient())
    assert brought(everything(house.housing, mine)) == [mine]


def test_the_person_reads_their_own_whole_record_within_the_ceiling(
    house: House, alcohol: dict[str, str]
) -> None:
    shown = house.trust.writes(score(alcohol["theirs"], MOOD))
    of_others = {"system": "https://onestory.example/fhir/CodeSystem/topic", "code": "third-party"}
    house.trust.writes(score(alcohol["theirs"], meta={"security": [of_others]}))
    me = house.caller("PO1", Role.PORTAL, alcohol["me"])
    found = brought(everything(me, alcohol["me"]))
    assert found[0] == alcohol["me"]
    assert [each for each in found if each.startswith("Observation")] == [shown]
    assert any(each.startswith("Consent/") for each in found)


@pytest.mark.parametrize("asker", ["the officer", "another service", "another person"])
def test_a_patient_of_others_is_answered_as_one_that_never_was(
    house: House, alcohol: dict[str, str], asker: str
) -> None:
    caller = {
        "the officer": house.officer,
        "another service": house.drugs,
        "another person": house.person(1),
    }[asker]
    answers = [
        everything(caller, each)
        for each in (alcohol["theirs"], "Patient/00000000-0000-4000-8000-000000000009")
    ]
    assert [each.status for each in answers] == [404, 404]
    assert answers[0].body == answers[1].body


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_pages_bring_everything_once_in_one_order(
    house: House, alcohol: dict[str, str], count: int
) -> None:
    for code in (None, MOOD, None, MOOD, None):
        house.trust.writes(score(alcohol["theirs"], *([code] if code else [])))
    whole = brought(everything(house.drugs, alcohol["mine"]))
    assert len(whole) == 4
    assert pages(house.drugs, alcohol["mine"], count) == whole


def test_a_page_link_brings_only_word_of_it_once_the_choice_is_taken_back(
    house: House, alcohol: dict[str, str]
) -> None:
    for _ in range(3):
        house.trust.writes(score(alcohol["theirs"]))
    me = house.caller("PO1", Role.PORTAL, alcohol["me"])
    first = everything(house.drugs, alcohol["mine"], count="2")
    link = next(e["url"] for e in body_of(first)["link"] if e["relation"] == "next")
    [given] = me.finds("Consent", ("patient", alcohol["me"]))
    stored = me.read(given)
    assert me.put(stored | {"status": "inactive"}).status == 200
    cursor = link.rpartition("_cursor=")[2]
    [left] = brought(everything(house.drugs, alcohol["mine"], count="2", _cursor=cursor))
    assert house.drugs.read(left)["code"]["coding"][0]["code"] == "consent-ended"


def test_a_page_link_opens_nothing_for_another(house: House, alcohol: dict[str, str]) -> None:
    for _ in range(3):
        house.trust.writes(score(alcohol["theirs"]))
    first = everything(house.trust, alcohol["theirs"], count="2")
    link = next(e["url"] for e in body_of(first)["link"] if e["relation"] == "next")
    cursor = link.rpartition("_cursor=")[2]
    answer = everything(house.drugs, alcohol["mine"], count="2", _cursor=cursor)
    assert answer.status == 400
    assert places(answer) == ["_cursor"]


def test_it_brings_what_concerns_the_person_in_any_element(
    house: House, alcohol: dict[str, str]
) -> None:
    group = house.trust.writes(
        {
            "resourceType": "Group",
            "type": "person",
            "actual": True,
            "member": [{"entity": {"reference": alcohol["theirs"]}}],
        }
    )
    vouched = house.trust.writes(attestation(house.organizations["RX1"], group))
    found = brought(everything(house.trust, alcohol["theirs"]))
    assert group in found
    assert vouched not in brought(everything(house.drugs, alcohol["mine"]))


def test_the_directorys_entries_that_are_named_come_along(
    house: House, alcohol: dict[str, str]
) -> None:
    trust = house.organizations["RX1"]
    house.trust.writes(score(alcohol["theirs"], performer=[{"reference": trust}]))
    answer = everything(house.drugs, alcohol["mine"])
    assert trust in brought(answer, "include")
    without = everything(house.drugs, alcohol["mine"], type="Observation")
    assert brought(without, "include") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 3),
        ({"start": "2026-03-01"}, 2),
        ({"end": "2026-03-01"}, 1),
        ({"start": "2026-03", "end": "2026-03"}, 1),
        ({"since": "2026-05-04T00:00:00Z"}, 1),
        ({"type": "Condition"}, 0),
        ({"type": "Observation,Condition"}, 3),
    ],
)
def test_it_can_be_asked_for_less(
    house: House, alcohol: dict[str, str], query: dict[str, str], found: int
) -> None:
    for day in ("2026-01-10", "2026-03-15"):
        house.trust.writes(score(alcohol["theirs"], effectiveDateTime=day))
    house.wait(days=1)
    house.trust.writes(score(alcohol["theirs"], effectiveDateTime="2026-05-01"))
    listed = brought(everything(house.drugs, alcohol["mine"], **query))
    assert len([each for each in listed if each.startswith("Observation/")]) == found


@pytest.mark.parametrize(
    "query",
    [
        {"count": "0"},
        {"count": "x"},
        {"start": "never"},
        {"since": "x"},
        {"type": "Nonsense"},
        {"type": "AuditEvent"},
        {"nonsense": "1"},
        {"_cursor": "AAAA"},
    ],
)
def test_a_question_that_is_not_understood_is_refused_with_its_place(
    house: House, alcohol: dict[str, str], query: dict[str, str]
) -> None:
    answer = everything(house.drugs, alcohol["mine"], **query)
    assert answer.status == 400
    [place] = places(answer)
    assert place.removeprefix("_") == next(iter(query)).removeprefix("_")


def test_one_row_names_what_was_released(house: House, alcohol: dict[str, str]) -> None:
    shown = house.trust.writes(score(alcohol["theirs"]))
    hidden = house.trust.writes(score(alcohol["theirs"], MOOD))
    before = house.rows("audit")
    everything(house.drugs, alcohol["mine"])
    assert house.rows("audit") == before + 1
    row = house.entries()[-1]
    assert row["interaction"] == "operation"
    assert row["query"] == f"{alcohol['mine']}/$everything"
    assert shown in row["entities"]
    assert hidden not in row["entities"]
    assert row["consents"]


def test_a_refusal_leaves_its_row_too(house: House, alcohol: dict[str, str]) -> None:
    before = house.rows("audit")
    everything(house.drugs, alcohol["theirs"])
    everything(house.drugs, alcohol["mine"], count="x")
    assert house.rows("audit") == before + 2


def test_a_token_that_may_not_read_patients_may_not_ask(
    house: House, alcohol: dict[str, str]
) -> None:
    narrow: Any = replace(house.drugs.who, scopes=frozenset({"system/Observation.rs"}))
    assert everything(Caller(house, narrow), alcohol["mine"]).status == 403
    patients = frozenset({"system/Patient.r", "system/Observation.r"})
    wider: Any = replace(house.drugs.who, scopes=patients)
    shown = house.trust.writes(score(alcohol["theirs"]))
    assert brought(everything(Caller(house, wider), alcohol["mine"])) == [alcohol["mine"], shown]


def test_a_service_finds_it_among_its_own_reads(house: House, alcohol: dict[str, str]) -> None:
    shown = house.trust.writes(score(alcohol["theirs"]))
    everything(house.drugs, alcohol["mine"])
    everything(house.drugs, alcohol["theirs"])
    found = body_of(house.drugs.ask("AuditEvent", entity=shown))
    assert found["total"] == 1
    assert body_of(house.drugs.ask("AuditEvent"))["total"] == 1
