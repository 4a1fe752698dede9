"""What is kept from a person leaves no trace in the log that they read; all else stays there."""

from __future__ import annotations

from typing import Any

import pytest
from callers import MOOD, Caller, House, body_of, consent, entry, patient, score

OF_OTHERS = {
    "security": [
        {"system": "https://onestory.example/fhir/CodeSystem/topic", "code": "third-party"}
    ]
}


@pytest.fixture
def theirs(house: House) -> str:
    return house.trust.writes(patient())


@pytest.fixture
def me(house: House) -> Caller:
    return house.person()


def told(me: Caller, **query: str) -> list[Any]:
    answer = me.ask("AuditEvent", **query)
    assert answer.status == 200, answer.body
    found = body_of(answer)
    assert found["total"] == len(found.get("entry", []))
    return [each["resource"] for each in found.get("entry", [])]


def named(events: list[Any]) -> set[str]:
    return {
        each["what"]["reference"] for event in events for each in event["entity"] if "what" in each
    }


def test_what_was_done_with_it_is_absent(house: House, theirs: str, me: Caller) -> None:
    before = len(told(me))
    kept = house.trust.writes(score(theirs, meta=OF_OTHERS))
    house.trust.read(kept)
    assert len(told(me)) == before
    shown = house.trust.writes(score(theirs))
    house.trust.read(shown)
    assert len(told(me)) == before + 2
    assert shown in named(told(me))


def test_asking_for_it_finds_nothing_and_for_the_rest_what_there_is(
    house: House, theirs: str, me: Caller
) -> None:
    kept = house.trust.writes(score(theirs, meta=OF_OTHERS))
    shown = house.trust.writes(score(theirs))
    house.trust.ask("Observation", ("patient", theirs))
    assert told(me, entity=kept) == []
    assert len(told(me, entity=shown)) == 2
    assert len(told(me, entity=f"{kept},{shown}")) == 2


def test_their_own_question_is_found_by_what_is_kept_as_by_what_never_was(
    house: House, theirs: str, me: Caller
) -> None:
    kept = house.trust.writes(score(theirs, meta=OF_OTHERS))
    never = "Observation/123e4567-e89b-42d3-a456-426614174000"
    shown = house.trust.writes(score(theirs))
    for reference in (kept, never):
        both = [{"request": {"method": "GET", "url": each}} for each in (shown, reference)]
        assert me.transact(*both).status == 404
        assert len(told(me, entity=reference)) == 1


def test_an_entry_that_names_more_stays_without_it(house: House, theirs: str, me: Caller) -> None:
    kept, shown = house.trust.sent(entry(score(theirs, meta=OF_OTHERS)), entry(score(theirs, MOOD)))
    [event] = told(me, entity=shown)
    assert kept not in named([event])
    assert shown in named([event])


def test_an_entry_of_theirs_alone_cannot_be_read_by_its_id(
    house: House, theirs: str, me: Caller
) -> None:
    house.trust.writes(score(theirs, meta=OF_OTHERS))
    hidden = house.entries()[-1]["id"]
    house.trust.writes(score(theirs))
    shown = house.entries()[-1]["id"]
    assert me.get(f"AuditEvent/{hidden}").status == 404
    assert me.get(f"AuditEvent/{shown}").status == 200


def test_what_is_about_others_too_is_absent_like_them(
    house: House, theirs: str, me: Caller
) -> None:
    other = house.trust.writes(patient(1))
    before = len(told(me))
    house.trust.writes(score(theirs, performer=[{"reference": other}]))
    assert len(told(me)) == before


def test_officers_still_read_all_of_it(house: House, theirs: str) -> None:
    kept = house.trust.writes(score(theirs, meta=OF_OTHERS))
    events = body_of(house.officer.ask("AuditEvent", entity=kept))
    assert events["total"] == 1


def test_a_search_that_found_nothing_is_told_only_where_it_named_them(
    house: House, theirs: str, me: Caller
) -> None:
    mine = house.drugs.writes(patient())
    kept = house.trust.writes(score(theirs, meta=OF_OTHERS))
    before = len(told(me))
    assert house.drugs.finds("Observation", _id=kept.partition("/")[2]) == []
    assert house.drugs.finds("Observation", ("derived-from", kept)) == []
    house.drugs.look("Observation/_history")
    assert len(told(me)) == before
    assert house.drugs.finds("Observation", patient=mine) == []
    assert len(told(me)) == before + 1


def test_a_search_about_somebody_else_is_not_told_for_what_concerns_both(
    house: House, theirs: str, me: Caller
) -> None:
    other = house.trust.writes(patient(1))
    house.trust.writes(score(theirs, performer=[{"reference": other}]))
    before = len(told(me))
    house.trust.ask("Condition", patient=other)
    house.trust.ask("Observation", patient=other)
    assert len(told(me)) == before


def test_their_own_question_stays_as_they_asked_it(house: House, theirs: str, me: Caller) -> None:
    kept = house.trust.writes(score(theirs, meta=OF_OTHERS))
    shown = house.trust.writes(score(theirs))
    never = "Observation/00000000-0000-4000-8000-000000000009"
    asked = [
        [{"request": {"method": "GET", "url": each}} for each in (shown, other)]
        for other in (kept, never)
    ]
    assert [me.transact(*entries).status for entries in asked] == [404, 404]
    events = told(me, entity=shown)
    assert {kept, shown} <= named(events[1:2])
    assert {never, shown} <= named(events[0:1])


def test_what_another_asked_for_in_vain_beside_it_is_not_named(
    house: House, theirs: str, me: Caller
) -> None:
    house.drugs.writes(patient())
    kept = house.trust.writes(score(theirs, meta=OF_OTHERS))
    never = "Observation/00000000-0000-4000-8000-000000000009"
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    shown = house.trust.writes(score(theirs))
    for other in (kept, never):
        house.drugs.transact(*({"request": {"method": "GET", "url": u}} for u in (shown, other)))
    events = told(me, entity=shown)[:2]
    assert named(events[:1]) == named(events[1:])
    assert shown in named(events)


def test_the_digest_of_what_others_were_given_is_for_officers(
    house: House, theirs: str, me: Caller
) -> None:
    shown = house.trust.writes(score(theirs))
    house.trust.read(shown)
    me.read(shown)
    own, *others = told(me, entity=shown)
    assert "sha-256" in str(own)
    assert "sha-256" not in str(others)
    for_officers = body_of(house.officer.ask("AuditEvent", entity=shown))["entry"]
    assert all("sha-256" in str(each["resource"]) for each in for_officers)


def test_naming_themselves_asks_for_all_that_is_theirs_and_naming_another_for_nothing(
    house: House, theirs: str, me: Caller
) -> None:
    other = house.person(1)
    house.trust.read(house.trust.writes(score(theirs)))
    assert told(me, patient=me.me) == told(me) != []
    assert told(me, patient=other.me) == []
    assert told(me, patient=theirs) == []
