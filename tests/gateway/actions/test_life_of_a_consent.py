"""The life of a consent: how it comes to count, how it ends, and what takes its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from callers import Caller, House, Json, body_of, consent, entry, patient, places

from gateway.auth.requester import Role

LABELS = {
    "securityLabel": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"},
        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"},
    ]
}


def _status(house: House, hidden: str) -> int:
    return house.drugs.get(hidden).status


def _says(me: Caller, house: House, kind: str, **more: object) -> Json:
    return me.created(consent(me.me, kind, house.organizations["DA1"]) | more)


# --- moves of the status ---------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "proposed"])
def test_what_is_not_active_yet_counts_once_it_is(house: House, hidden: str, status: str) -> None:
    me = house.person()
    said = _says(me, house, "permit", status=status)
    assert _status(house, hidden) == 404
    assert me.put(said | {"status": "active"}).status == 200
    assert _status(house, hidden) == 200


@pytest.mark.parametrize("status", ["inactive", "entered-in-error"])
def test_what_is_taken_back_counts_no_more(house: House, hidden: str, status: str) -> None:
    me = house.person()
    said = _says(me, house, "permit")
    assert _status(house, hidden) == 200
    assert me.put(said | {"status": status}).status == 200
    assert _status(house, hidden) == 404


def test_what_was_proposed_may_be_rejected_and_what_counted_may_not(house: House) -> None:
    me = house.person()
    proposed, active = _says(me, house, "permit", status="proposed"), _says(me, house, "permit")
    assert me.put(proposed | {"status": "rejected"}).status == 200
    refused = me.put(active | {"status": "rejected"})
    assert (refused.status, places(refused)) == (422, ["Consent.status"])
    assert "active or inactive or entered-in-error" in refused.body.decode()
    assert me.read(f"Consent/{active['id']}")["status"] == "active"


@pytest.mark.parametrize("status", ["active", "proposed", "draft", "rejected"])
def test_nothing_follows_an_entry_in_error(house: House, status: str) -> None:
    me = house.person()
    said = _says(me, house, "permit")
    assert me.put(said | {"status": "entered-in-error"}).status == 200
    refused = me.put(said | {"status": status})
    assert (refused.status, places(refused)) == (422, ["Consent.status"])
    assert "write a new one" in refused.body.decode()


def test_what_was_active_does_not_become_a_draft_again(house: House) -> None:
    me = house.person()
    said = _says(me, house, "permit")
    for status in ("draft", "proposed"):
        assert me.put(said | {"status": status}).status == 422
    assert me.put(said | {"status": "active"}).status == 200


def test_a_person_may_pause_a_choice_and_let_it_count_again(house: House, hidden: str) -> None:
    me = house.person()
    said = _says(me, house, "permit")
    assert me.put(said | {"status": "inactive"}).status == 200
    assert _status(house, hidden) == 404
    assert me.put(said | {"status": "active"}).status == 200
    assert _status(house, hidden) == 200


def test_a_service_lets_nothing_count_again(house: House) -> None:
    mine = house.drugs.writes(patient())
    recorded = house.drugs.created(consent(mine, "deny", house.organizations["HO1"]))
    assert house.drugs.put(recorded | {"status": "inactive"}).status == 200
    refused = house.drugs.put(recorded)
    assert (refused.status, places(refused)) == (422, ["Consent.status"])
    assert house.drugs.put(recorded | {"status": "entered-in-error"}).status == 200


def test_taking_back_is_held_against_the_version_that_was_seen(house: House, hidden: str) -> None:
    me = house.person()
    said = _says(me, house, "permit")
    first = f'W/"{said["meta"]["versionId"]}"'
    later = me.put(said | {"provision": said["provision"] | LABELS}, first)
    assert later.status == 200
    assert me.put(said | {"status": "inactive"}, first).status == 412
    assert _status(house, hidden) == 200
    second = f'W/"{body_of(later)["meta"]["versionId"]}"'
    assert me.put(body_of(later) | {"status": "inactive"}, second).status == 200
    assert _status(house, hidden) == 404


def test_the_history_shows_each_step(house: House) -> None:
    me = house.person()
    said = _says(me, house, "permit", status="proposed")
    for status in ("active", "inactive"):
        assert me.put(said | {"status": status}).status == 200
    entries = me.history(f"Consent/{said['id']}/_history")
    assert [each["resource"]["status"] for each in entries] == ["inactive", "active", "proposed"]
    assert house.drugs.look(f"Consent/{said['id']}/_history").status == 404


# --- expiry ----------------------------------------------------------------------------------


def _at(house: House, moment: datetime, reference: str) -> int:
    """What the drug service gets at exactly that moment."""
    house.now = moment - timedelta(seconds=1)
    return _status(house, reference)


def test_a_permit_ends_with_its_last_day_in_london(house: House, hidden: str) -> None:
    me = house.person()
    criteria = {"provision": consent(me.me, "permit", house.organizations["DA1"])["provision"]}
    criteria["provision"]["period"] = {"end": "2026-06-10"}
    _says(me, house, "permit", **criteria)
    last = datetime(2026, 6, 10, 22, 59, 59, 999_999, tzinfo=UTC)  # London is an hour ahead
    assert _at(house, last, hidden) == 200
    assert _at(house, last + timedelta(microseconds=1), hidden) == 404


def test_a_permit_begins_with_its_first_moment(house: House, hidden: str) -> None:
    me = house.person()
    provision = consent(me.me, "permit", house.organizations["DA1"])["provision"]
    start = datetime(2026, 6, 1, 12, tzinfo=UTC)
    period = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
    _says(me, house, "permit", provision=provision | {"period": period})
    assert _at(house, start - timedelta(microseconds=1), hidden) == 404
    assert _at(house, start, hidden) == 200
    end = start + timedelta(hours=1)  # a time to the second is that whole second
    assert _at(house, end + timedelta(microseconds=999_999), hidden) == 200
    assert _at(house, end + timedelta(seconds=1), hidden) == 404


def test_a_denial_ends_too(house: House, hidden: str) -> None:
    me = house.person()
    _says(me, house, "permit")
    provision = consent(me.me, "deny", house.organizations["DA1"])["provision"]
    _says(me, house, "deny", provision=provision | {"period": {"end": "2026-06-10"}})
    last = datetime(2026, 6, 10, 22, 59, 59, 999_999, tzinfo=UTC)
    assert _at(house, last, hidden) == 404
    assert _at(house, last + timedelta(microseconds=1), hidden) == 200


# --- replaced as one act ---------------------------------------------------------------------


def _replaced(new: Json, old: Json, version: str | None = None) -> list[Json]:
    version = version or old["meta"]["versionId"]
    ended = entry(old | {"status": "inactive"}, method="PUT", url=f"Consent/{old['id']}")
    ended["request"]["ifMatch"] = f'W/"{version}"'
    return [entry(new), ended]


def test_a_newer_permit_does_not_undo_an_older_denial(house: House, hidden: str) -> None:
    me = house.person()
    _says(me, house, "deny")
    _says(me, house, "permit")
    assert _status(house, hidden) == 404


def test_a_changed_mind_is_one_act(house: House, hidden: str) -> None:
    me = house.person()
    denied = _says(me, house, "deny")
    permit = consent(me.me, "permit", house.organizations["DA1"])
    answer = me.transact(*_replaced(permit, denied))
    assert answer.status == 200, answer.body
    assert _status(house, hidden) == 200
    assert me.read(f"Consent/{denied['id']}")["status"] == "inactive"


def test_a_changed_mind_that_meets_another_version_changes_nothing(
    house: House, hidden: str
) -> None:
    me = house.person()
    denied = _says(me, house, "deny")
    permit = consent(me.me, "permit", house.organizations["DA1"])
    assert me.transact(*_replaced(permit, denied, "0" * 16)).status == 412
    assert me.finds("Consent", patient=me.me) == [f"Consent/{denied['id']}"]
    assert _status(house, hidden) == 404


def test_a_changed_mind_whose_new_words_are_wrong_keeps_the_old(house: House, hidden: str) -> None:
    me = house.person()
    denied = _says(me, house, "deny")
    wrong = consent(me.me, "permit", house.organizations["DA1"], provision=[{"type": "nonsense"}])
    assert me.transact(*_replaced(wrong, denied)).status in (400, 422)
    assert me.read(f"Consent/{denied['id']}")["status"] == "active"
    assert _status(house, hidden) == 404


# --- who reads it ----------------------------------------------------------------------------


def test_a_consent_is_read_by_the_person_and_by_who_wrote_it(house: House) -> None:
    me = house.person()
    said = _says(me, house, "permit")
    mine = house.drugs.writes(patient())
    recorded = house.drugs.writes(consent(mine, "deny", house.organizations["HO1"]))
    theirs = house.housing.writes(patient())
    assert {f"Consent/{said['id']}", recorded} == set(me.finds("Consent", patient=me.me))
    assert house.drugs.finds("Consent", patient=mine) == [recorded]
    assert house.housing.finds("Consent", patient=theirs) == []
    assert house.drugs.get(f"Consent/{said['id']}").status == 404
    assert house.caller("OF1", Role.OFFICER).get(recorded).status == 404
