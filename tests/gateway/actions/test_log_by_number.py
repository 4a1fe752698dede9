"""The log asked by NHS number: whose number it is, and that no number is ever written down."""

from __future__ import annotations

from typing import Any

import pytest
from callers import NHS, NUMBERS, Caller, House, body_of, patient, places

NOBODY = "9990000050"
Json = dict[str, Any]


def asked(caller: Caller, number: str, **more: str) -> Json:
    query = [("patient.identifier", f"{NHS}|{number}"), *more.items()]
    answer = caller.ask("AuditEvent", *query)
    assert answer.status == 200, answer.body
    return body_of(answer)


def events(bundle: Json) -> list[Json]:
    found = bundle.get("entry", [])
    return [one["resource"] for one in found if one["search"]["mode"] == "match"]


def notes(bundle: Json) -> list[str]:
    found = bundle.get("entry", [])
    told = [one["resource"] for one in found if one["search"]["mode"] == "outcome"]
    return [issue["diagnostics"] for one in told for issue in one["issue"]]


def by_reference(caller: Caller, reference: str) -> list[str]:
    answer = caller.ask("AuditEvent", patient=reference)
    return [one["id"] for one in events(body_of(answer))]


def test_an_officer_finds_by_number_what_any_reference_of_theirs_finds(house: House) -> None:
    me = house.person()
    mine = house.trust.writes(patient())
    house.trust.read(mine)
    house.trust.writes(patient(1))
    expected = by_reference(house.officer, me.me)
    assert expected == by_reference(house.officer, mine)
    found = asked(house.officer, NUMBERS[0])
    assert [one["id"] for one in events(found)] == expected
    assert notes(found) == []


def test_a_look_leaves_one_row_that_names_whom_it_was_about_and_no_number(house: House) -> None:
    me = house.person()
    mine = house.trust.writes(patient())
    before = house.rows("audit")
    asked(house.officer, NUMBERS[0])
    assert house.rows("audit") == before + 1
    row = house.entries()[-1]
    assert row["query"] == "AuditEvent?patient.identifier"
    assert set(row["entities"]) == {me.me, mine}
    assert NUMBERS[0] not in str(house.held("SELECT CAST(entry AS TEXT) FROM audit"))


def test_a_number_that_nobody_has_is_said_plainly(house: House) -> None:
    house.person()
    found = asked(house.officer, NOBODY)
    assert (found["total"], events(found)) == (0, [])
    assert notes(found) == ["Nobody here has this NHS number."]
    assert "entities" not in house.entries()[-1]


def test_two_people_of_one_number_are_told_to_be_two(house: House) -> None:
    house.person()
    house.trust.writes(patient() | {"birthDate": "1990-01-01"})
    found = asked(house.officer, NUMBERS[0])
    assert len(events(found)) >= 2
    assert notes(found)[0].startswith("This NHS number stands with more than one birth date")


def test_a_count_brings_no_entries_at_all(house: House) -> None:
    assert "entry" not in asked(house.officer, NOBODY, _summary="count")


@pytest.mark.parametrize("wrong", ["9990000019", "999000001", "", "Jo", "9990000018,9990000026"])
def test_what_is_no_number_is_refused_and_not_repeated(house: House, wrong: str) -> None:
    house.person()
    answer = house.officer.ask("AuditEvent", ("patient.identifier", f"{NHS}|{wrong}"))
    assert (answer.status, places(answer)) == (400, ["patient.identifier"])
    assert not wrong or wrong not in answer.body.decode().replace(NHS, "")


@pytest.mark.parametrize("system", ["", "urn:other|", "|"])
def test_a_number_needs_its_system(house: House, system: str) -> None:
    answer = house.officer.ask("AuditEvent", ("patient.identifier", f"{system}{NUMBERS[0]}"))
    assert answer.status == 400


def test_a_service_finds_its_own_rows_by_the_number_of_its_own_patient(house: House) -> None:
    house.person()
    mine = house.trust.writes(patient())
    assert house.trust.read(mine)
    found = asked(house.trust, NUMBERS[0])
    assert [one["id"] for one in events(found)] == by_reference(house.trust, mine)
    assert events(found)
    assert notes(found) == []


def test_a_service_learns_nothing_of_a_number_that_others_know(house: House) -> None:
    house.person()
    house.trust.writes(patient())
    known, unknown = asked(house.drugs, NUMBERS[0]), asked(house.drugs, NOBODY)
    assert (events(known), notes(known)) == (events(unknown), notes(unknown)) == ([], [])


def test_a_person_finds_their_own_by_number_and_nothing_of_another(house: House) -> None:
    me = house.person()
    house.person(1)
    house.trust.writes(patient())
    assert [one["id"] for one in events(asked(me, NUMBERS[0]))] == by_reference(me, me.me)
    assert events(asked(me, NUMBERS[1])) == events(asked(me, NOBODY)) == []
