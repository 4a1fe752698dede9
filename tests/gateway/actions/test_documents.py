"""$document gives a composition with what it refers to, each only as its reader may see it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from callers import MOOD, Caller, House, body_of, composition, consent, patient, places, score

from gateway.actions.answer import Answer
from gateway.fhir import validation

LABEL = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]
ALCOHOL = {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]}
FEELINGS = {"coding": [{"system": "http://loinc.org", "code": MOOD}]}


def document(caller: Caller, of: str, *query: tuple[str, str]) -> Answer:
    return asyncio.run(caller.gateway.document(caller.who, of.partition("/")[2], query))


def held(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    found = [each["resource"] for each in body_of(answer)["entry"]]
    return [f"{each['resourceType']}/{each['id']}" for each in found]


def section(code: dict[str, Any], *named: str) -> dict[str, Any]:
    return {"code": code, "entry": [{"reference": each} for each in named]}


@pytest.fixture
def known(house: House) -> dict[str, str]:
    """The Trust and Drugs know someone, who lets Drugs know about alcohol; and two scores."""
    theirs, mine, me = house.trust.writes(patient()), house.drugs.writes(patient()), house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"], securityLabel=LABEL))
    scores = {"shown": score(theirs), "hidden": score(theirs, MOOD)}
    written = {name: house.trust.writes(each) for name, each in scores.items()}
    return {"theirs": theirs, "mine": mine} | written


@pytest.fixture
def mixed(house: House, known: dict[str, str]) -> str:
    """A composition with a section about alcohol and one about feelings."""
    sections = section(ALCOHOL, known["shown"]), section(FEELINGS, known["hidden"])
    return house.trust.writes(composition(house, known["theirs"], *sections))


def test_its_author_gets_it_with_all_it_refers_to(
    house: House, known: dict[str, str], mixed: str
) -> None:
    trust = house.organizations["RX1"]
    named = [known["theirs"], trust, known["shown"], known["hidden"]]
    assert held(document(house.trust, mixed)) == [mixed, *named]


def test_another_gets_what_they_may_see_under_their_own_patient(
    house: House, known: dict[str, str], mixed: str
) -> None:
    answer = document(house.drugs, mixed)
    trust = house.organizations["RX1"]
    assert held(answer) == [mixed, known["mine"], trust, known["shown"]]
    assert known["hidden"].encode() not in answer.body
    assert MOOD.encode() not in answer.body
    assert known["theirs"].encode() not in answer.body


def test_it_is_a_document_that_is_valid_and_not_stored(
    house: House, known: dict[str, str], mixed: str
) -> None:
    before = house.rows("resource")
    bundle = body_of(document(house.drugs, mixed))
    assert bundle["type"] == "document"
    assert not validation.has_errors(validation.problems(bundle))
    assert all(each["fullUrl"].endswith(each["resource"]["id"]) for each in bundle["entry"])
    assert house.rows("resource") == before


def test_it_is_the_same_as_of_a_composition_that_never_named_the_rest(
    house: House, known: dict[str, str], mixed: str
) -> None:
    plain = composition(house, known["theirs"], section(ALCOHOL, known["shown"]))
    other = house.trust.writes(plain)
    entries = [body_of(document(house.drugs, each))["entry"] for each in (mixed, other)]
    assert entries[0][1:] == entries[1][1:]
    assert entries[0][0]["resource"]["section"] == entries[1][0]["resource"]["section"]


@pytest.mark.parametrize("asker", ["housing", "officer", "drugs"])
def test_what_may_not_be_seen_is_answered_as_what_never_was(
    house: House, known: dict[str, str], mixed: str, asker: str
) -> None:
    caller: Caller = getattr(house, asker)
    hidden = mixed
    if asker == "drugs":
        feelings = composition(house, known["theirs"], section(FEELINGS, known["hidden"]))
        hidden = house.trust.writes(feelings | {"type": FEELINGS})
    never = "Composition/00000000-0000-4000-8000-000000000009"
    before = house.rows("audit")
    answers = [document(caller, each) for each in (hidden, never)]
    assert [each.status for each in answers] == [404, 404]
    assert answers[0].body == answers[1].body
    assert house.rows("audit") == before + 2


def test_types_that_the_token_may_not_read_stay_out(
    house: House, known: dict[str, str], mixed: str
) -> None:
    scopes = frozenset({"system/Composition.r", "system/Observation.r"})
    narrow = Caller(house, replace(house.drugs.who, scopes=scopes))
    assert held(document(narrow, mixed)) == [mixed, known["shown"]]
    none = Caller(house, replace(house.drugs.who, scopes=frozenset({"system/Observation.r"})))
    assert document(none, mixed).status == 403


def test_it_is_never_stored_by_asking(house: House, known: dict[str, str], mixed: str) -> None:
    assert document(house.drugs, mixed, ("persist", "false")).status == 200
    for query in (("persist", "true"), ("graph", "x")):
        answer = document(house.drugs, mixed, query)
        assert (answer.status, places(answer)) == (400, [query[0]])


def test_one_row_names_what_was_given(house: House, known: dict[str, str], mixed: str) -> None:
    before = house.rows("audit")
    document(house.drugs, mixed)
    assert house.rows("audit") == before + 1
    row = house.entries()[-1]
    assert row["query"] == f"{mixed}/$document"
    assert {mixed, known["shown"], known["mine"]} <= set(row["entities"])
    assert known["hidden"] not in row["entities"]
