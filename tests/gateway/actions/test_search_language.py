"""Searches in R4's own words: every kind of parameter, chains, _has, what comes along, pages."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from callers import (
    MOOD,
    NHS,
    NUMBERS,
    Caller,
    House,
    body_of,
    consent,
    patient,
    places,
    score,
)

Json = dict[str, Any]
LOINC = "http://loinc.org"


@pytest.fixture
def mine(house: House) -> str:
    return house.trust.writes(patient())


def found(caller: Caller, query: str) -> list[str]:
    """What `Type?a=b&c=d` finds, in order."""
    type_, _, asked = query.partition("?")
    return caller.finds(type_, *parse_qsl(asked, keep_blank_values=True))


def refused(caller: Caller, query: str) -> list[str]:
    """Where `Type?a=b` is wrong."""
    type_, _, asked = query.partition("?")
    answer = caller.ask(type_, *parse_qsl(asked, keep_blank_values=True))
    assert answer.status == 400, answer.body
    return places(answer)


def encounter(subject: str, **more: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": subject},
    } | more


# --- kinds of parameters -------------------------------------------------------------------


def test_tokens_are_found_in_each_form(house: House, mine: str) -> None:
    one = house.trust.writes(score(mine, identifier=[{"system": "urn:s", "value": "a,b|c"}]))
    two = house.trust.writes(score(mine, MOOD, identifier=[{"value": "bare"}]))
    for asked, expected in (
        (f"code={LOINC}|75626-2", [one]),
        ("code=75626-2,44261-6", [one, two]),
        (f"code={LOINC}|", [one, two]),
        ("code=|75626-2", []),
        ("code:not=75626-2", [two]),
        ("identifier=|bare", [two]),
        ("identifier=bare", [two]),
        ("identifier=urn:s|", [one]),
        (r"identifier=urn:s|a\,b\|c", [one]),
        ("identifier:missing=false", [one, two]),
        ("identifier:missing=true", []),
        ("status=final&code=44261-6", [two]),
        ("status=amended", []),
        ("status=http://hl7.org/fhir/observation-status|final", [one, two]),
        ("status=http://hl7.org/fhir/observation-status|amended", []),
        ("status=urn:other|final", []),
    ):
        assert found(house.trust, f"Observation?patient={mine}&{asked}") == expected, asked


def test_dates_numbers_and_quantities_know_their_prefixes(house: House, mine: str) -> None:
    def amount(value: float, **more: str) -> Json:
        return {"value": value, "system": "http://unitsofmeasure.org", "code": "{score}"} | more

    low = house.trust.writes(score(mine, valueQuantity=amount(5), effectiveDateTime="2026-04-01"))
    high = house.trust.writes(score(mine, valueQuantity=amount(20.04, unit="points")))
    for asked, expected in (
        ("value-quantity=5", [low]),
        ("value-quantity=20.0", [high]),
        ("value-quantity=20.00", []),
        ("value-quantity=ne5", [high]),
        ("value-quantity=gt5", [high]),
        ("value-quantity=ge5", [low, high]),
        ("value-quantity=lt20|http://unitsofmeasure.org|{score}", [low]),
        ("value-quantity=gt1||points", [high]),
        ("value-quantity=gt1|urn:other|{score}", []),
        ("value-quantity=ap21", [high]),
        ("date=2026-04", [low]),
        ("date=ge2026-04&date=lt2026-05", [low]),
        ("date=2026-04,2026-05", [low, high]),
        ("date=ap2026-05-01", [high]),
        ("date=ap2026-04-02", [low]),
        ("code-value-quantity=75626-2$gt10", [high]),
        (f"code-value-quantity={LOINC}|75626-2$5", [low]),
        ("code-value-quantity=44261-6$gt10", []),
    ):
        assert found(house.trust, f"Observation?patient={mine}&{asked}") == expected, asked


def test_words_are_found_whole_and_by_their_beginnings(house: House) -> None:
    named = [{"family": "Núñez-Wright", "given": ["Ann Mary"]}]
    ann = house.trust.writes(patient(name=named))
    bob = house.trust.writes(patient(1, name=[{"family": "Wright", "given": ["Bob"]}]))
    for asked, expected in (
        ("name=wright", [ann, bob]),
        ("name=nunez", [ann]),
        ("name=nun,bob", [ann, bob]),
        ("name=wri&given=mary", [ann]),
        ("name=wr", []),
        ("family:exact=Wright", [bob]),
        ("family:exact=wright", []),
        ("name=ann wright", [ann]),
        ("name=right", []),
        ("phonetic=wreight", [ann, bob]),
        ("name=wri&birthdate=1987&given:missing=false", [ann, bob]),
    ):
        assert sorted(found(house.trust, f"Patient?{asked}")) == sorted(expected), asked
    assert refused(house.trust, "Patient?name:contains=right") == ["name:contains"]


def test_references_are_found_by_id_by_type_and_by_address(house: House, mine: str) -> None:
    visit = house.trust.writes(encounter(mine))
    one = house.trust.writes(score(mine, encounter={"reference": visit}))
    named = {"identifier": {"system": "urn:s", "value": "7"}, "display": "Ward Seven"}
    two = house.trust.writes(score(mine, MOOD, performer=[named]))
    id_ = visit.partition("/")[2]
    for asked, expected in (
        (f"encounter={visit}", [one]),
        (f"encounter={id_}", [one]),
        (f"encounter:Encounter={id_}", [one]),
        (f"encounter=http://gateway.test/fhir/{visit}", [one]),
        (f"encounter=http://elsewhere.test/fhir/{visit}", []),
        ("performer:identifier=urn:s|7", [two]),
        ("performer:identifier=urn:s|8", []),
        ("performer:text=seven", [two]),
        ("encounter:missing=true", [two]),
        (f"subject:Patient={mine.partition('/')[2]}&encounter:missing=true", [two]),
    ):
        assert found(house.trust, f"Observation?patient={mine}&{asked}") == expected, asked


def test_what_every_resource_has_is_found(house: House, mine: str) -> None:
    tag = {"system": "urn:tags", "code": "t1"}
    meta = {"tag": [tag], "profile": ["http://example.org/p|2"], "source": "urn:here"}
    one = house.trust.writes(score(mine, meta=meta))
    two = house.trust.writes(score(mine, MOOD))
    act = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    for asked, expected in (
        ("_tag=urn:tags|t1", [one]),
        ("_tag:not=t1", [two]),
        ("_profile=http://example.org/p", [one]),
        ("_profile=http://example.org/p|3", []),
        ("_profile:below=http://example.org", [one]),
        ("_source=urn:here", [one]),
        ("_security=ETHUD", [one]),
        (f"_security:below={act}|SUD", [one]),
        (f"_security:below={act}|MH", [two]),
        (f"_security:above={act}|PSY", [two]),
        ("_security=R", [one, two]),
        ("_lastUpdated=ge2026-05-03", [one, two]),
        ("_lastUpdated=gt2026-05-04", []),
        (f"_id={one.partition('/')[2]}", [one]),
        (f"_id:not={one.partition('/')[2]}", [two]),
    ):
        assert found(house.trust, f"Observation?patient={mine}&{asked}") == expected, asked


# --- hops ----------------------------------------------------------------------------------


def test_chains_go_as_far_as_the_requester_sees(house: House, mine: str) -> None:
    whole = house.trust.writes(encounter(mine))
    visit = house.trust.writes(encounter(mine, status="planned", partOf={"reference": whole}))
    one = house.trust.writes(score(mine, encounter={"reference": visit}))
    ours = {"reference": house.organizations["RX1"]}
    two = house.trust.writes(score(mine, MOOD, performer=[ours]))
    for asked, expected in (
        ("encounter.status=planned", [one]),
        ("encounter.status=finished", []),
        ("encounter:Encounter.part-of.status=finished", [one]),
        ("encounter.part-of.status=planned", []),
        ("performer:Organization.name=trust", [two]),
        ("performer.name=trust", [two]),
        ("performer:Organization.name=drugs", []),
        ("encounter.status:not=finished", [one]),
        ("patient.name=example", [one, two]),
        ("subject:Patient.birthdate=1987-04-12", [one, two]),
        ("patient.name=somebody", []),
        (f"patient.identifier={NHS}|{NUMBERS[0]}", [one, two]),
        (f"patient.identifier={NHS}|{NUMBERS[1]}", []),
        (f"patient.identifier={NUMBERS[0]}", [one, two]),
        ("patient.identifier=urn:other|1", []),
    ):
        assert found(house.trust, f"Observation?patient={mine}&{asked}") == expected, asked
    assert found(house.trust, "Observation?patient.name=example") == [one, two]
    assert found(house.drugs, "Observation?patient.name=example") == []


def test_has_finds_by_what_refers(house: House, mine: str) -> None:
    visit = house.trust.writes(encounter(mine))
    empty = house.trust.writes(encounter(mine))
    house.trust.writes(score(mine, encounter={"reference": visit}))
    for asked, expected in (
        ("_has:Observation:encounter:code=75626-2", [visit]),
        ("_has:Observation:encounter:code=44261-6", []),
        ("_has:Observation:encounter:value-quantity=gt3", [visit]),
        ("_has:Observation:encounter:patient.name=example", [visit]),
    ):
        assert found(house.trust, f"Encounter?patient={mine}&{asked}") == expected, asked
    id_ = mine.partition("/")[2]
    assert found(house.trust, f"Patient?_id={id_}&_has:Observation:patient:code=75626-2") == [mine]
    nested = "_has:Encounter:patient:_has:Observation:encounter:code=75626-2"
    assert found(house.trust, f"Patient?_id={id_}&{nested}") == [mine]
    assert found(house.trust, f"Patient?_id={id_}&_has:Observation:patient:code=44261-6") == []
    assert empty


# --- what comes along ----------------------------------------------------------------------


def test_what_is_named_and_what_names_come_along(house: House, mine: str) -> None:
    whole = house.trust.writes(encounter(mine))
    visit = house.trust.writes(encounter(mine, partOf={"reference": whole}))
    one = house.trust.writes(score(mine, encounter={"reference": visit}))
    along = {
        f"Observation?_id={one.partition('/')[2]}&{asked}": expected
        for asked, expected in (
            ("_include=Observation:encounter", {visit}),
            ("_include=Observation:encounter:Encounter", {visit}),
            ("_include=Observation:subject", {mine}),
            ("_include=Observation:subject:Group", set()),
            ("_include=Observation:encounter&_include:iterate=Encounter:part-of", {visit, whole}),
            ("_include=*", {visit, mine}),
            ("_include:iterate=*", {visit, mine, whole}),
        )
    }
    id_ = whole.partition("/")[2]
    along |= {
        f"Encounter?_id={id_}&_revinclude=Encounter:part-of": {visit},
        f"Encounter?_id={id_}&_revinclude=Observation:encounter": set(),
        f"Encounter?_id={id_}&_revinclude:iterate=Observation:encounter"
        "&_revinclude=Encounter:part-of": {visit, one},
        f"Encounter?_id={id_}&_revinclude=*": {visit},
        f"Patient?_id={mine.partition('/')[2]}&_revinclude=Observation:patient": {one},
    }
    for query, expected in along.items():
        type_, _, asked = query.partition("?")
        bundle = body_of(house.trust.ask(type_, *parse_qsl(asked)))
        modes = {
            f"{e['resource']['resourceType']}/{e['resource']['id']}": e["search"]["mode"]
            for e in bundle["entry"]
        }
        assert bundle["total"] == 1, query
        assert {name for name, mode in modes.items() if mode == "include"} == expected, query


def test_parts_of_resources_are_asked_for(house: House, mine: str) -> None:
    house.trust.writes(score(mine, text={"status": "generated", "div": DIV}, note=[{"text": "n"}]))

    def names(**asked: str) -> set[str]:
        (entry,) = body_of(house.trust.ask("Observation", patient=mine, **asked))["entry"]
        resource = entry["resource"]
        tags = [each["code"] for each in resource["meta"].get("tag", ())]
        assert ("SUBSETTED" in tags) == bool(asked)
        return set(resource) - {"resourceType", "id", "meta"}

    everything = {
        *("text", "status", "code", "subject", "effectiveDateTime", "valueQuantity", "note")
    }
    assert names() == everything
    assert names(_summary="text") == {"text", "status", "code"}
    assert names(_summary="data") == everything - {"text"}
    assert names(_summary="true") == everything - {"text", "note"}
    assert names(_elements="note") == {"note", "status", "code"}
    assert names(_elements="value,subject") == {"valueQuantity", "subject", "status", "code"}
    counted = body_of(house.trust.ask("Observation", patient=mine, _summary="count"))
    assert counted["total"] == 1
    assert "entry" not in counted


DIV = '<div xmlns="http://www.w3.org/1999/xhtml">words</div>'


# --- order and pages -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "order",
    [
        *("", "_lastUpdated", "-_lastUpdated", "date", "-date", "_id", "-_id", "date,-_id"),
        *("-code,date", "value-quantity,-date", "status,-value-quantity", "-_security"),
    ],
)
def test_pages_meet_in_any_order(house: House, mine: str, order: str) -> None:
    for number in range(7):
        dated = {} if number == 3 else {"effectiveDateTime": f"2026-0{1 + number % 3}-01"}
        body = score(mine, MOOD if number % 2 else "75626-2") | dated
        if number == 3:
            del body["effectiveDateTime"]
        house.trust.writes(body | {"valueQuantity": {"value": number % 4}})
    sort = {"_sort": order} if order else {}
    whole = house.trust.finds("Observation", patient=mine, **sort)
    assert len(whole) == len(set(whole)) == 7
    assert pages(house.trust, "Observation", patient=mine, _count="2", **sort) == whole
    if order == "date":
        bundle = body_of(house.trust.ask("Observation", patient=mine, _sort="date"))
        dates = [e["resource"].get("effectiveDateTime", "9999") for e in bundle["entry"]]
        assert dates == sorted(dates)
    if order == "-date":
        bundle = body_of(house.trust.ask("Observation", patient=mine, _sort="-date"))
        dates = [e["resource"].get("effectiveDateTime", "0000") for e in bundle["entry"]]
        assert dates == sorted(dates, reverse=True)


def pages(caller: Caller, type_: str, **asked: str) -> list[str]:
    """Everything that the next links lead to."""
    seen: list[str] = []
    query = list(asked.items())
    while True:
        bundle = body_of(caller.ask(type_, *query))
        seen += [f"{type_}/{entry['resource']['id']}" for entry in bundle.get("entry", ())]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        if "next" not in links:
            return seen
        assert {"self", "first"} <= links.keys()
        query = parse_qsl(urlsplit(links["next"]).query)


def test_a_page_link_says_nothing_and_outlives_no_consent(house: House) -> None:
    me, theirs = house.person(), house.trust.writes(patient())
    house.drugs.writes(patient())
    at_drugs = house.drugs.finds("Patient", identifier=f"{NHS}|{NUMBERS[0]}")[0]
    for code in ("75626-2", "75626-2", MOOD):
        house.trust.writes(score(theirs, code))
    agreed = me.created(consent(me.me, "permit", house.organizations["DA1"]))
    first = body_of(house.drugs.ask("Observation", patient=at_drugs, _count="1", _sort="-date"))
    link = next(each["url"] for each in first["link"] if each["relation"] == "next")
    query = parse_qsl(urlsplit(link).query)
    assert first["total"] == 3
    assert len(house.drugs.finds("Observation", *query)) == 1
    assert refused(house.trust, f"Observation?patient={theirs}&_cursor={dict(query)['_cursor']}")
    assert me.put(agreed | {"status": "inactive"}).status == 200
    after = body_of(house.drugs.ask("Observation", *query))
    assert after["total"] == 0
    assert "entry" not in after


def test_totals_are_told_as_asked(house: House, mine: str) -> None:
    house.trust.writes(score(mine))
    for asked, told in (("none", None), ("estimate", 1), ("accurate", 1)):
        for more in ({}, {"value-quantity": "gt1"}, {"_count": "0"}):
            bundle = body_of(house.trust.ask("Observation", patient=mine, _total=asked, **more))
            assert bundle.get("total") == (1 if "_count" in more else told)


# --- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("_count=-1", "_count"),
        ("_count=many", "_count"),
        ("_total=all", "_total"),
        ("_summary=yes", "_summary"),
        ("_sort=nothing", "_sort"),
        ("_sort=subject", "_sort"),
        ("_include=Observation", "_include"),
        ("_include=Observation:status", "_include"),
        ("_include=Nothing:subject", "_include"),
        ("_include=Encounter:part-of", "_include"),
        ("_include=Observation:subject:Organization", "_include"),
        ("_revinclude=Observation:subject", "_revinclude"),
        ("_revinclude=AuditEvent:entity", "_revinclude"),
        ("_contained=true", "_contained"),
        ("_cursor=abc", "_cursor"),
        ("_summary=true&_elements=code", "_elements"),
        ("_summary=text&_include=Observation:subject", "_summary"),
        ("_elements=", "_elements"),
        ("_count=1&_count=2", "_count"),
        ("nothing=1", "nothing"),
        ("_text=word", "_text"),
        ("_filter=x", "_filter"),
        ("code:in=http://example.org/vs", "code:in"),
        ("code:above=75626-2", "code:above"),
        ("code:contains=7", "code:contains"),
        ("date:exact=2026", "date:exact"),
        ("date=yesterday", "date"),
        ("value-quantity=much", "value-quantity"),
        ("code-value-quantity=75626-2", "code-value-quantity"),
        ("code=|", "code"),
        ("status:missing=maybe", "status:missing"),
        ("encounter:Patient=1", "encounter:Patient"),
        ("code.name=x", "code.name"),
        ("encounter.nothing=x", "encounter.nothing"),
        ("_has:Observation:code=x", "_has:Observation:code"),
        ("_has:Observation:code:status=x", "_has:Observation:code:status"),
        ("_has:AuditEvent:entity:outcome=0", "_has:AuditEvent:entity:outcome"),
    ],
)
def test_what_is_not_understood_is_refused_at_its_place(
    house: House, mine: str, query: str, where: str
) -> None:
    assert refused(house.trust, f"Observation?patient={mine}&{query}") == [where]


def test_a_search_names_a_person(house: House, mine: str) -> None:
    for query in ("Observation?code=75626-2", "Observation?", "Encounter?status=finished"):
        assert refused(house.trust, query) == [query.partition("?")[0]]
    visit = house.trust.writes(encounter(mine))
    one = house.trust.writes(score(mine, encounter={"reference": visit}))
    assert found(house.trust, f"Observation?encounter={visit}") == [one]
    assert refused(house.trust, f"Observation?performer={house.organizations['RX1']}")


def test_unknown_parameters_may_be_ignored_and_leave_the_self_link(house: House, mine: str) -> None:
    house.trust.writes(score(mine))
    asked = [("patient", mine), ("nothing", "1"), ("code", "75626-2")]
    answer = asyncio.run(house.gateway.search(house.trust.who, "Observation", asked, lenient=True))
    bundle = body_of(answer)
    assert bundle["total"] == 1
    assert "nothing" not in bundle["link"][0]["url"]
    assert "code=75626-2" in bundle["link"][0]["url"]
