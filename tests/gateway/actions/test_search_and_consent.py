"""No search, however it is put, finds anything by what is withheld."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
from callers import MOOD, NHS, NUMBERS, Caller, House, body_of, consent, patient, score

Json = dict[str, Any]
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
HOUSING = "32911000"  # homeless: a topic that nobody minds here


class Shared:
    """The trust writes about someone; drugs may see all but what says how they feel."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.me = house.person()
        named = {"name": [{"family": "Oak"}]}
        self.at_trust = house.trust.writes(patient(**named))
        self.mine = house.drugs.writes(patient(name=[{"family": "Elm"}]))
        feelings = [{"system": ACT, "code": "MH"}]
        nested = consent(self.me.me, "deny", securityLabel=feelings)["provision"]
        agreed = consent(self.me.me, "permit", house.organizations["DA1"])
        agreed["provision"]["provision"] = [nested]
        self.me.writes(agreed)
        self.hidden = self.writes(score(self.at_trust, MOOD))

    def writes(self, resource: Json) -> str:
        return self.house.trust.writes(resource)

    def finds(self, query: str) -> list[str]:
        return found(self.house.drugs, query.replace("MINE", self.mine))

    def author_finds(self, query: str) -> list[str]:
        return found(self.house.trust, query.replace("MINE", self.at_trust))


def found(caller: Caller, query: str) -> list[str]:
    type_, _, asked = query.partition("?")
    return caller.finds(type_, *parse_qsl(asked, keep_blank_values=True))


@pytest.fixture
def shared(house: House) -> Shared:
    return Shared(house)


def encounter(subject: str, **more: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": ACT, "code": "AMB"},
        "reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": HOUSING}]}],
        "subject": {"reference": subject},
    } | more


def test_a_reference_to_what_is_hidden_finds_nothing(shared: Shared) -> None:
    hidden = shared.hidden
    seen = shared.writes(score(shared.at_trust, derivedFrom=[{"reference": hidden}]))
    assert "derivedFrom" not in shared.house.drugs.read(seen)
    for query, author, other in (
        (f"derived-from={hidden}", [seen], []),
        (f"derived-from={hidden.partition('/')[2]}", [seen], []),
        ("derived-from:missing=false", [seen], []),
        ("derived-from:missing=true&code=75626-2", [], [seen]),
        ("derived-from.status=final", [seen], []),
        ("derived-from:Observation.code=44261-6", [seen], []),
        ("derived-from.value-quantity=ge0", [seen], []),
        ("_has:Observation:derived-from:code=75626-2", [hidden], []),
        ("code=44261-6", [hidden], []),
        ("code:not=75626-2", [hidden], []),
    ):
        assert shared.author_finds(f"Observation?patient=MINE&{query}") == author, query
        assert shared.finds(f"Observation?patient=MINE&{query}") == other, query


def test_a_hidden_id_is_answered_like_one_that_never_was(shared: Shared) -> None:
    shared.writes(score(shared.at_trust, derivedFrom=[{"reference": shared.hidden}]))
    never = f"Observation/{uuid4()}"
    for query in (
        "Observation?derived-from=ID",
        "Observation?patient=MINE&derived-from=ID",
        "Observation?_id=ID&_revinclude=Observation:derived-from",
        "Observation?_id=ID&_include=*",
        "Patient?_has:Observation:patient:_id=ID&identifier=" + f"{NHS}|{NUMBERS[0]}",
    ):
        answers = []
        for id_ in (shared.hidden, never):
            named = id_.partition("/")[2] if "_id" in query else id_
            type_, _, asked = query.replace("MINE", shared.mine).partition("?")
            parsed = [(name, value.replace("ID", named)) for name, value in parse_qsl(asked)]
            answer = shared.house.drugs.ask(type_, *parsed)
            answers.append((answer.status, answer.body.replace(named.encode(), b"")))
        assert answers[0] == answers[1], query


def test_nothing_hidden_comes_along(shared: Shared) -> None:
    first = shared.writes(encounter(shared.at_trust))
    seen = shared.writes(
        score(
            shared.at_trust,
            encounter={"reference": first},
            derivedFrom=[{"reference": shared.hidden}],
        )
    )
    unseen = shared.writes(score(shared.at_trust, MOOD, encounter={"reference": first}))

    def along(caller: Caller, query: str) -> set[str]:
        type_, _, asked = query.partition("?")
        entries = body_of(caller.ask(type_, *parse_qsl(asked)))["entry"]
        return {
            f"{e['resource']['resourceType']}/{e['resource']['id']}"
            for e in entries
            if e["search"]["mode"] == "include"
        }

    trust, drugs = shared.house.trust, shared.house.drugs
    everything = f"Observation?_id={seen.partition('/')[2]}&_include=*"
    assert along(trust, everything) == {first, shared.hidden, shared.at_trust}
    assert along(drugs, everything) == {first, shared.mine}
    back = f"Encounter?_id={first.partition('/')[2]}&_revinclude=Observation:encounter"
    assert along(trust, back) == {seen, unseen}
    assert along(drugs, back) == {seen}
    assert along(drugs, back.replace("Observation:encounter", "*")) == {seen}


def test_has_counts_only_what_is_seen(shared: Shared) -> None:
    visit = shared.writes(encounter(shared.at_trust))
    shared.writes(score(shared.at_trust, MOOD, encounter={"reference": visit}))
    query = "Encounter?patient=MINE&_has:Observation:encounter:status=final"
    assert shared.author_finds(query) == [visit]
    assert shared.finds(query) == []
    shared.writes(score(shared.at_trust, encounter={"reference": visit}))
    assert shared.finds(query) == [visit]
    assert shared.finds(query.replace("status=final", "code=44261-6")) == []


def test_a_chain_to_the_person_reads_ones_own_patient(shared: Shared) -> None:
    seen = shared.writes(score(shared.at_trust))
    for name, mine in (("elm", [seen]), ("oak", [])):
        for query in (
            f"Observation?patient.name={name}",
            f"Observation?patient=MINE&subject:Patient.family={name}",
        ):
            assert shared.finds(query) == mine, query
    assert found(shared.house.drugs, f"Observation?patient={shared.at_trust}") == []
    assert found(shared.house.drugs, f"Observation?subject={shared.at_trust}") == []
    by_drugs = f"Patient?_id={shared.at_trust.partition('/')[2]}"
    assert found(shared.house.drugs, by_drugs) == []


def test_words_are_found_by_those_who_read_them(shared: Shared) -> None:
    ward = {"reference": shared.house.organizations["RX1"], "display": "Ward Seven"}
    worded = score(shared.at_trust, performer=[ward])
    worded["code"]["coding"][0]["display"] = "Drinking at the Anchor"
    seen = shared.writes(worded)
    for query in (
        "code:text=anchor",
        "performer:text=seven",
        "code:text=drink",
    ):
        assert shared.author_finds(f"Observation?patient=MINE&{query}") == [seen], query
        assert shared.finds(f"Observation?patient=MINE&{query}") == [], query
    assert shared.finds("Observation?patient=MINE&code=75626-2") == [seen]


def test_labels_that_tell_of_what_is_hidden_find_nothing(shared: Shared) -> None:
    asked = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "subject": {"reference": shared.at_trust},
        "supportingInfo": [{"reference": shared.hidden}],
    }
    request = shared.writes(asked)
    assert shared.author_finds("ServiceRequest?patient=MINE&_security=MH") == [request]
    for query in ("_security=MH", f"_security:below={ACT}|BH", "_security:not=X"):
        released = shared.finds("ServiceRequest?patient=MINE")
        expected = released if "not" in query else []
        assert shared.finds(f"ServiceRequest?patient=MINE&{query}") == expected, query


OURS = {
    "system": "https://onestory.example/fhir/CodeSystem/provisional",
    "code": "unconfirmed-table",
}


def test_meta_that_others_do_not_get_finds_nothing(shared: Shared) -> None:
    meta = {"source": "urn:ward:7", "tag": [{"display": "only words"}, {"code": "t"}, OURS]}
    seen = shared.writes(score(shared.at_trust, meta=meta))
    for query, author, other in (
        ("_source=urn:ward:7", [seen], []),
        ("_source:missing=true&code=75626-2", [], [seen]),
        ("_tag:text=words", [seen], []),
        ("_tag=t", [seen], []),
        ("_tag=unconfirmed-table", [seen], [seen]),
    ):
        assert shared.author_finds(f"Observation?patient=MINE&{query}") == author, query
        assert shared.finds(f"Observation?patient=MINE&{query}") == other, query


def test_a_hop_needs_its_scope(shared: Shared) -> None:
    visit = shared.writes(encounter(shared.at_trust))
    seen = shared.writes(score(shared.at_trust, encounter={"reference": visit}))
    drugs = shared.house.drugs
    few = Caller(drugs.house, replace(drugs.who, scopes=frozenset({"system/Observation.rs"})))
    for query in ("encounter.status=finished", "_has:Encounter:part-of:status=finished"):
        answer = few.ask("Observation", ("patient", shared.mine), *parse_qsl(query))
        assert answer.status in (400, 403)
    bundle = body_of(few.ask("Observation", patient=shared.mine, _include="Observation:encounter"))
    assert [e["resource"]["id"] for e in bundle["entry"]] == [seen.partition("/")[2]]
    bundle = body_of(
        drugs.ask("Observation", patient=shared.mine, _include="Observation:encounter")
    )
    assert len(bundle["entry"]) == 2


def test_what_comes_along_is_in_the_log(shared: Shared) -> None:
    visit = shared.writes(encounter(shared.at_trust))
    seen = shared.writes(score(shared.at_trust, encounter={"reference": visit}))
    id_ = seen.partition("/")[2]
    shared.house.drugs.ask("Observation", _id=id_, _include="Observation:encounter")
    last = shared.house.entries()[-1]
    assert set(last["entities"]) >= {seen, visit}
    assert shared.hidden not in last["entities"]


def test_a_change_that_does_not_show_moves_nothing(shared: Shared) -> None:
    first = shared.writes(score(shared.at_trust, derivedFrom=[{"reference": shared.hidden}]))
    second = shared.writes(score(shared.at_trust))
    shared.house.wait(hours=2)
    changed = shared.house.trust.read(first)
    del changed["derivedFrom"]  # which drugs never saw
    assert shared.house.trust.put(changed).status == 200
    since = "_lastUpdated=gt2026-05-03T11:30:00Z"
    assert shared.author_finds(f"Observation?patient=MINE&{since}") == [first]
    assert shared.finds(f"Observation?patient=MINE&{since}") == []
    assert shared.finds("Observation?patient=MINE") == [first, second]
    for order, author, other in (
        ("_lastUpdated", [shared.hidden, second, first], [first, second]),
        ("-_lastUpdated", [first, second, shared.hidden], [second, first]),
    ):
        assert shared.author_finds(f"Observation?patient=MINE&_sort={order}") == author
        assert shared.finds(f"Observation?patient=MINE&_sort={order}") == other
    shared.house.wait(hours=2)
    assert shared.house.trust.put(changed | {"status": "amended"}).status == 200
    since = "_lastUpdated=gt2026-05-03T13:30:00Z"
    assert shared.finds(f"Observation?patient=MINE&{since}") == [first]


def test_a_page_is_cut_where_nothing_shows(shared: Shared) -> None:
    """What needs a hidden reference is withheld whole: totals, pages and links go on without."""
    seen = [shared.writes(score(shared.at_trust)) for _ in range(2)]
    provision = {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "subject": {"reference": shared.at_trust},
        "code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]},
        "entry": [{"item": {"reference": shared.hidden}}],
    }
    shared.writes(provision)
    bundle = body_of(shared.house.drugs.ask("Observation", patient=shared.mine, _count="2"))
    assert bundle["total"] == len(seen)
    assert [link["relation"] for link in bundle["link"]] == ["self"]
    assert "item" not in str(body_of(shared.house.drugs.ask("List", patient=shared.mine)))
    assert shared.finds(f"List?patient=MINE&item={shared.hidden}") == []
    assert shared.finds("List?patient=MINE&item:missing=false") == []
