"""The log proves under which version of which consent somebody was shown something, or was not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from callers import Caller, House, body_of, consent, patient, score
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.entry import Entry, canonical
from gateway.audit.event import audit_event

FORMER = {
    "id": "a",
    "at": "2026-05-03T09:00:00Z",
    "action": "R",
    "interaction": "read",
    "outcome": "permitted",
    "organization": "Organization/o",
    "client": "c",
    "role": "service",
    "purpose": "TREAT",
}


@pytest.fixture
def me(house: House) -> Caller:
    return house.person()


@pytest.fixture
def held(house: House, me: Caller) -> str:
    """A score that the drugs service may see."""
    mine = house.trust.writes(score(house.trust.writes(patient())))
    house.drugs.writes(patient())
    return mine


def gives(me: Caller, count: int) -> list[str]:
    organizations = [me.house.organizations[ods] for ods in ("DA1", "HO1", "RX1")]
    return [
        me.writes(consent(me.me, "permit", organizations[number % 3])) for number in range(count)
    ]


def consents_of(event: Any) -> list[str]:
    named = [each["what"]["reference"] for each in event["entity"] if "what" in each]
    return [each for each in named if "/_history/" in each]


def looks(who: Caller, **query: str) -> list[Any]:
    found = body_of(who.ask("AuditEvent", _count="50", **query)).get("entry", [])
    return [each["resource"] for each in found]


def at_first(consents: list[str]) -> list[str]:
    return sorted(f"{each}/_history/1" for each in consents)


@pytest.mark.parametrize("count", [1, 3, 20])
def test_officers_and_the_person_read_each_consent_that_was_weighed(
    house: House, me: Caller, held: str, count: int
) -> None:
    given_ = gives(me, count)
    house.drugs.read(held)
    for reader in (house.officer, me):
        [event] = [each for each in looks(reader, entity=held) if each["action"] == "R"]
        assert consents_of(event) == at_first(given_)
    [own] = [each for each in looks(house.drugs, entity=held) if each["action"] == "R"]
    assert consents_of(own) == []


def test_every_row_is_found_by_each_consent_before_and_after_one_of_them_changes(
    house: House, me: Caller, held: str
) -> None:
    first, second = gives(me, 2)
    house.drugs.read(held)
    house.drugs.read(held)
    assert me.put(me.read(second) | {"status": "inactive"}).status == 200
    house.drugs.read(held)
    rows = [each for each in looks(house.officer, entity=first) if each["action"] == "R"]
    drugs = [each for each in rows if consents_of(each) and held in str(each)]
    assert [consents_of(each) for each in drugs] == [
        sorted([f"{first}/_history/1", f"{second}/_history/2"]),
        at_first([first, second]),
        at_first([first, second]),
    ]
    by_the_other = {each["id"] for each in looks(house.officer, entity=second)}
    assert {each["id"] for each in drugs} <= by_the_other
    both = {each["id"] for each in looks(house.officer, entity=f"{first},{second}")}
    assert by_the_other <= both


def test_a_refusal_names_the_consents_that_it_was_held_against(
    house: House, me: Caller, held: str
) -> None:
    [denial] = [me.writes(consent(me.me, "deny", house.organizations["DA1"]))]
    assert house.drugs.get(held).status == 404
    [row] = [each for each in looks(house.officer, entity=denial) if each["outcome"] == "4"]
    assert consents_of(row) == at_first([denial])


def test_a_person_is_told_of_no_consent_but_their_own(house: House, me: Caller, held: str) -> None:
    other = house.person(1)
    mine = me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    theirs = other.writes(consent(other.me, "permit", house.organizations["DA1"]))
    another = house.trust.writes(score(house.trust.writes(patient(1))))
    house.drugs.writes(patient(1))
    both = ",".join(each.partition("/")[2] for each in (held, another))
    assert len(house.drugs.finds("Observation", _id=both)) == 2
    [told] = [each for each in looks(me, entity=held) if each["action"] == "E"]
    assert consents_of(told) == at_first([mine])
    [whole] = [each for each in looks(house.officer, entity=held) if each["id"] == told["id"]]
    assert consents_of(whole) == at_first([mine, theirs])


def test_looks_that_rest_on_the_same_consents_share_one_set(
    house: House, me: Caller, held: str
) -> None:
    gives(me, 20)
    for _ in range(5):
        house.drugs.read(held)
        assert house.drugs.finds("Observation", _id=held.partition("/")[2]) == [held]
    [(sets,)] = house.held("SELECT count(*) FROM audit_set")
    before = house.rows("audit_entity")
    house.drugs.read(held)
    assert house.rows("audit_set") == sets
    assert house.rows("audit_entity") - before <= 3  # what was read, and the set


def test_a_new_version_makes_a_new_set_and_leaves_the_old(
    house: House, me: Caller, held: str
) -> None:
    [given_] = gives(me, 1)
    house.drugs.read(held)
    before = house.held("SELECT digest, members FROM audit_set")
    assert me.put(me.read(given_) | {"status": "inactive"}).status == 200
    assert house.drugs.get(held).status == 404
    after = house.held("SELECT digest, members FROM audit_set")
    assert set(before) < set(after)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.builds("Consent/{}/_history/{}".format, st.uuids(), st.integers(1, 9))))
def test_a_row_of_former_times_says_what_it_said(consents: list[str]) -> None:
    """It holds the versions in place; its bytes, and so its leaf, are as they were."""
    body = msgspec.json.encode(FORMER | ({"consents": consents} if consents else {}))
    former = msgspec.json.decode(body, type=Entry)
    assert canonical(former) == body
    assert consents_of({"entity": []} | audit_event(former)) == consents
