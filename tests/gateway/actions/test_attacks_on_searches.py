"""Searches that a hostile integrator sends: nothing leaks, nothing breaks, each leaves its row."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from callers import House, body_of, entry, patient, score

from gateway.actions import transacting
from gateway.actions.addressing import Address
from gateway.actions.cursor import place_of
from gateway.actions.served import may_take_long


def practitioner(house: House) -> str:
    return house.trust.writes({"resourceType": "Practitioner", "name": [{"family": "Lamb"}]})


def test_a_search_of_the_directory_that_brings_records_leaves_its_row(house: House) -> None:
    lamb = practitioner(house)
    mine = house.trust.writes(patient())
    seen = house.trust.writes(score(mine, performer=[{"reference": lamb}]))
    before = len(house.entries())
    found = house.trust.finds("Practitioner", _revinclude="Observation:performer")
    assert seen in found
    [row] = house.entries()[before:]
    assert seen in row["entities"]


def test_a_search_of_the_directory_by_what_records_say_leaves_its_row(house: House) -> None:
    lamb = practitioner(house)
    mine = house.trust.writes(patient())
    house.trust.writes(score(mine, performer=[{"reference": lamb}]))
    before = len(house.entries())
    found = house.trust.finds("Practitioner", ("_has:Observation:performer:code", "75626-2"))
    assert found == [lamb]
    assert len(house.entries()) == before + 1


MANY = ",".join(f"a{i}" for i in range(500))
ODD: list[tuple[str, list[tuple[str, str]]]] = [
    ("Observation", [("patient", "x"), ("combo-code", MANY)]),
    ("Observation", [("patient", "x"), *[("code", MANY)] * 40]),
    ("Observation", [("code", MANY), ("identifier", MANY)]),
    ("Observation", [("identifier", MANY), *[("status", MANY)] * 40]),
    ("Observation", [("identifier", "\0")]),
    ("Observation", [("_id", "\0")]),
    ("Observation", [("_id", ",".join(["\0", *("x" * 200)]))]),
    ("Observation", [("derived-from", ",".join(["Observation/\0", *("x" * 200)]))]),
    ("Observation", [("patient", "\0")]),
    ("Observation", [("patient", "x"), ("value-quantity", "lt1e-400")]),
    ("Observation", [("patient", "x"), ("date", "ap9999-12-31")]),
    ("Observation", [("patient", "x"), ("date", "0001")]),
    ("Observation", [("patient", "x"), ("date", "0000")]),
    ("Observation", [("patient", "x"), ("_lastUpdated", "ap0001-01-01T00:00:00+14:00")]),
    ("Observation", [("patient", "x"), ("_lastUpdated", "9999-12-31T23:59:59-14:00")]),
    ("Observation", [("patient", "x"), ("_count", "999999999")]),
    ("Observation", [("patient", "x"), ("_elements", "")]),
    ("Observation", [("patient", "x"), ("_sort", "")]),
    ("Observation", [("patient", "x"), ("_include", "")]),
    ("Observation", [("patient", "x"), ("", "")]),
    ("Observation", [("patient", "x"), (":", "")]),
    ("Observation", [("patient", "x"), ("_has:", "")]),
    ("Observation", [("patient", "x"), ("_has:::", "")]),
    ("Observation", [("patient", "x"), ("patient.", "")]),
    ("Observation", [("patient", "x"), ("patient.._id", "")]),
    ("Observation", [("patient", "x"), ("_cursor", "é")]),
    ("Observation", [("patient", "x"), ("_cursor", "AAAA")]),
    ("Observation", [("patient", "x"), ("code", "|")]),
    ("Observation", [("patient", "x"), ("code:of-type", "a|b|c")]),
    ("Observation", [("patient", "x"), ("code:text", "é" * 1000)]),
    ("Patient", [("name", "\0")]),
    ("Patient", [("phonetic", "!!!")]),
    ("Location", [("near", "90|180|999999999|km")]),
    ("Location", [("near", "nan|nan")]),
    ("Patient", [("_id", MANY * 40)]),
]


def test_no_search_breaks_anything(house: House) -> None:
    mine = house.drugs.writes(patient())
    house.drugs.writes(score(mine))
    for type_, query in ODD:
        asked = [(name, mine if value == "x" else value) for name, value in query]
        answer = house.drugs.ask(type_, *asked)
        assert answer.status in (200, 400), (query[-1][0], answer.status)


# --- time -----------------------------------------------------------------------------------

LONG = "_has:Observation:performer:code"


def hurried(house: House) -> None:
    """From now on no request has any time."""
    installation = house.gateway.installation
    none_left = replace(installation.limits, seconds=0.0)
    house.gateway.installation = replace(installation, limits=none_left)


def test_a_search_ends_when_nobody_waits_for_it_any_more(house: House) -> None:
    mine = house.trust.writes(patient())
    house.trust.writes(score(mine, performer=[{"reference": practitioner(house)}]))
    assert house.trust.ask("Practitioner", *[(LONG, "75626-2")] * 20).status == 200
    hurried(house)
    before = len(house.entries())
    answer = house.trust.ask("Practitioner", *[(LONG, "75626-2")] * 20)
    assert answer.status == 503
    assert [row["outcome"] for row in house.entries()[before:]] == ["failed"]


def test_plans_are_opened_only_while_somebody_waits(house: House) -> None:
    theirs = house.trust.writes(patient())
    at_drugs = house.drugs.writes(patient())
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan"}
    house.trust.writes(plan | {"subject": {"reference": theirs}})
    assert house.drugs.ask("CarePlan", ("patient", at_drugs), ("_count", "9")).status == 200
    hurried(house)
    assert house.drugs.ask("CarePlan", ("patient", at_drugs)).status == 503


def test_a_transaction_ends_with_a_search_that_takes_too_long(house: House) -> None:
    mine = house.trust.writes(patient())
    house.trust.writes(score(mine, performer=[{"reference": practitioner(house)}]))
    asked = {"request": {"method": "GET", "url": f"Practitioner?{LONG}=75626-2"}}
    assert house.trust.transact(entry(score(mine)), asked).status == 200
    hurried(house)
    held = house.rows("resource")
    assert house.trust.transact(entry(score(mine)), asked).status == 503
    assert house.rows("resource") == held


def test_others_are_served_while_a_search_takes_long(house: House) -> None:
    reading, served = house.gateway.reading, threading.Event()

    async def both() -> bool:
        waiting = asyncio.create_task(reading.look(lambda _: served.wait(5), long=True))
        await asyncio.sleep(0)
        await reading.look(lambda _: served.set())
        return await waiting

    assert asyncio.run(both())


def test_what_leads_on_is_read_aside() -> None:
    heavy = [
        ("Practitioner", [("_has:Observation:performer:code", "x")]),
        ("Observation", [("performer.name", "x")]),
        ("Observation", [("_include", "*")]),
        ("Observation", [("_revinclude:iterate", "*")]),
        ("Observation", [("code", MANY)]),
        ("Observation", [("code", "x")] * 11),
        ("CarePlan", [("patient", "x")]),
    ]
    light = [
        ("Observation", [("patient.identifier", "x"), ("code", "x"), ("date", "ge2026")]),
        ("Observation", [("patient", "x"), ("_count", "5")]),
    ]
    assert all(may_take_long(Address(type_, query=tuple(query))) for type_, query in heavy)
    assert not any(may_take_long(Address(type_, query=tuple(query))) for type_, query in light)
    assert may_take_long(Address("Observation", is_history=True))
    assert not may_take_long(Address("Observation", "x"))
    assert not may_take_long(Address("CarePlan", "x"))


# --- pages ----------------------------------------------------------------------------------


def next_cursor(house: House, *query: tuple[str, str]) -> str:
    """Where the trust's next page of Observations begins."""
    links = body_of(house.trust.ask("Observation", *query))["link"]
    [url] = [link["url"] for link in links if link["relation"] == "next"]
    return parse_qs(urlsplit(url).query)["_cursor"][0]


def test_a_page_link_holds_nothing_that_counts_what_is_hidden(house: House) -> None:
    mine = house.trust.writes(patient())
    shown = [house.trust.writes(score(mine)) for _ in range(3)]
    query = (("patient", mine), ("_count", "2"))
    text = next_cursor(house, *query)
    about = f"{house.trust.who.organization.partition('/')[2]}\0Observation\0"
    place = place_of(house.gateway.keys, about, text)
    assert place == (shown[1].partition("/")[2],)


def test_a_page_follows_on_one_whose_last_match_is_gone(house: House) -> None:
    mine = house.trust.writes(patient())
    shown = [house.trust.writes(score(mine)) for _ in range(3)]
    query = (("patient", mine), ("_count", "2"))
    text = next_cursor(house, *query)
    assert house.trust.delete(shown[1]).status == 204
    assert house.trust.finds("Observation", *query, ("_cursor", text)) == shown[2:]


# --- many parameters, many reads ------------------------------------------------------------


def test_a_question_of_very_many_parameters_is_refused(house: House) -> None:
    mine = house.trust.writes(patient())
    assert house.trust.ask("Observation", ("patient", mine), *[("code", "x")] * 199).status == 200
    assert house.trust.ask("Observation", ("patient", mine), *[("code", "x")] * 200).status == 400
    condition = "&".join(["identifier=a|b"] * 100_000)
    before = len(house.entries())
    assert house.trust.post(score(mine), condition).status == 400
    assert house.trust.transact(entry(score(mine), ifNoneExist=condition)).status == 400
    assert len(house.entries()) == before + 2


def test_a_transaction_that_only_reads_is_answered_and_recorded(house: House) -> None:
    mine = house.trust.writes(patient())
    stored = house.trust.writes(score(mine))
    asked = [{"request": {"method": "GET", "url": each}} for each in (mine, stored)]
    before = len(house.entries())
    answer = house.trust.transact(*asked)
    assert answer.status == 200
    assert [each["resource"]["id"] for each in body_of(answer)["entry"]] == [
        each.partition("/")[2] for each in (mine, stored)
    ]
    [row] = house.entries()[before:]
    assert row["interaction"] == "transaction"
    assert {mine, stored} <= set(row["entities"])


def test_reads_of_a_transaction_that_writes_keep_no_other_writer_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = house.trust.writes(patient())
    asked = {"request": {"method": "GET", "url": f"Observation?patient={mine}"}}
    assert house.trust.transact(entry(score(mine)), asked).status == 200
    monkeypatch.setattr(transacting, "READING", -1.0)
    held = house.rows("resource")
    assert house.trust.transact(entry(score(mine)), asked).status == 503
    assert house.rows("resource") == held
    assert house.trust.transact(asked, asked).status == 200
