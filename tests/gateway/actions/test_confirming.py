"""Two Patients that an officer confirmed to be one person are one person, until it is ended."""

from __future__ import annotations

import asyncio

import pytest
from callers import (
    NHS,
    NUMBERS,
    Caller,
    House,
    Json,
    body_of,
    consent,
    patient,
    places,
    referral,
    score,
)
from clinicians import OF_OTHERS, clears
from confirmed import Register, Street, nameless
from deputies import ADA, Office, acting
from ended import NOTICE, topic
from glass import granted, registered, who_is

from gateway.auth.access_token import Granted
from gateway.storage.delegates import Basis


@pytest.fixture
def street(house: House) -> Street:
    return Street(house)


def test_what_was_agreed_holds_for_both_from_the_confirmation_until_its_end(
    street: Street,
) -> None:
    street.says("permit")
    assert street.sees() == set()
    mine, theirs = street.all_one()
    assert street.sees() == {street.alcohol, street.mood}
    assert street.drugs.read(street.mood)["subject"] == {"reference": street.at_drugs}
    street.officer.parts(theirs)
    assert street.sees() == set()
    street.officer.confirms(street.at_trust, street.at_drugs)
    assert street.sees() == {street.alcohol, street.mood}
    street.officer.parts(mine)
    assert street.sees() == set()  # the portal's Patient, whose consent it is, is another again


def linked(street: Street) -> str:
    """Another Patient of the trust's, that it says to be the same as the one it wrote about."""
    link = [{"other": {"reference": street.at_trust}, "type": "seealso"}]
    return street.trust.writes(nameless(link=link))


def test_a_link_that_a_client_wrote_still_carries_no_permit(street: Street) -> None:
    street.says("permit")
    for each in (linked(street), street.at_drugs):
        street.officer.confirms(street.me.me, each)
    assert street.sees() == set()
    street.officer.confirms(street.me.me, street.at_trust)
    assert street.sees() == {street.alcohol, street.mood}


@pytest.mark.parametrize("is_linked", [False, True], ids=["not linked", "linked"])
def test_a_denial_of_one_denies_for_both(house: House, is_linked: bool) -> None:
    street = Street(house)
    permitting = house.registers(nameless())
    for each in (street.at_trust, street.at_drugs):
        street.officer.confirms(permitting.me, each)
    drugs = house.organizations["DA1"]
    permitting.created(consent(permitting.me, "permit", drugs))
    street.says("deny", securityLabel=topic("ETHUD"))
    if is_linked:
        street.officer.confirms(street.me.me, linked(street))
    denied = {street.mood} if is_linked else {street.alcohol, street.mood}
    assert street.sees() == denied
    record = street.officer.confirms(street.me.me, street.at_trust)
    assert street.sees() == {street.mood}
    street.officer.parts(record)
    assert street.sees() == denied


def test_of_three_identities_those_stay_one_of_whom_it_is_still_confirmed(house: House) -> None:
    street = Street(house)
    at_housing = house.housing.writes(nameless())
    officer = street.officer
    between = officer.confirms(street.at_trust, street.at_drugs)
    officer.confirms(street.at_drugs, at_housing)
    officer.confirms(at_housing, street.me.me)
    for to in ("DA1", "HO1"):
        street.says("permit", to)
    assert street.sees() == street.sees(house.housing, at_housing) != set()
    note = house.drugs.writes(score(street.at_drugs))
    assert house.housing.get(note).status == 200
    officer.parts(between)
    assert house.housing.get(note).status == 200
    assert street.drugs.get(street.mood).status == 404
    assert house.housing.get(street.mood).status == 404
    third = officer.confirms(street.at_trust, at_housing)
    assert street.drugs.get(street.mood).status == 200
    officer.parts(third)
    assert street.drugs.get(street.mood).status == 404


def corrected(who: Caller, reference: str, **more: object) -> None:
    answer = who.put(who.read(reference) | more)
    assert answer.status == 200, answer.body


def number(at: int) -> list[Json]:
    return [{"system": NHS, "value": NUMBERS[at]}]


def test_what_was_confirmed_stays_when_a_number_and_a_date_are_found(street: Street) -> None:
    street.says("permit")
    street.all_one()
    corrected(street.trust, street.at_trust, identifier=number(0))
    assert street.sees() == {street.alcohol, street.mood}
    corrected(street.drugs, street.at_drugs, identifier=number(0))
    corrected(street.trust, street.at_trust, birthDate="1978-04-12")
    assert street.sees() == {street.alcohol, street.mood}
    assert [each["until"] for each in street.officer.listed()] == [None, None]


def test_whoever_registers_with_that_number_is_the_same_person(street: Street) -> None:
    street.says("permit", "HO1")
    street.all_one()
    corrected(street.trust, street.at_trust, identifier=number(0))
    at_housing = street.house.housing.writes(patient())
    assert street.sees(street.house.housing, at_housing) == {street.alcohol, street.mood}


def test_a_confirmation_ends_by_itself_once_the_numbers_differ(street: Street) -> None:
    house = street.house
    street.says("permit")
    street.all_one()
    corrected(street.trust, street.at_trust, identifier=number(0))
    before = house.rows("queue")
    corrected(street.drugs, street.at_drugs, identifier=number(1))
    assert street.sees() == set()
    [(kind, about)] = house.held("SELECT kind, about FROM queue ORDER BY id DESC LIMIT 1")
    assert (kind, about) == ("same-person-ended", street.at_drugs)
    ended = [each["patients"] for each in street.officer.listed() if each["until"] is not None]
    assert ended == [[street.me.me, street.at_drugs]]
    assert house.rows("queue") == before + 1
    assert street.me.get(street.mood).status == 200  # the portal's is the trust's still


def test_one_that_nothing_contradicts_stands_when_another_ends(house: House) -> None:
    street = Street(house)
    at_housing = house.housing.writes(nameless())
    corrected(street.trust, street.at_trust, identifier=number(0))
    torn = street.officer.confirms(street.at_drugs, street.at_trust)
    stays = street.officer.confirms(street.at_drugs, at_housing)
    corrected(street.drugs, street.at_drugs, identifier=number(1))
    standing = {each["id"] for each in street.officer.listed() if each["until"] is None}
    assert (torn in standing, stays in standing) == (False, True)


def refused(officer: Register, *patients: str) -> tuple[int, list[str]]:
    answer = officer.asked(*patients)
    assert len(answer.problems) == 1
    assert not any(number in answer.body.decode() for number in NUMBERS)
    return answer.status, places(answer)


def test_what_cannot_be_confirmed_is_refused_and_changes_nothing(street: Street) -> None:
    officer, here = street.officer, street.at_trust
    assert refused(officer, here, "Patient/nobody") == (404, ["patient"])
    assert refused(officer, street.mood, here) == (404, ["patient"])
    assert refused(officer, here, here) == (422, ["patient"])
    assert refused(officer, here) == (422, ["patient"])
    assert refused(officer, here, street.at_drugs, street.me.me) == (422, ["patient"])
    officer.confirms(here, street.at_drugs)
    assert refused(officer, street.at_drugs, here) == (409, ["patient"])
    assert len(officer.listed()) == 1


def test_two_whose_numbers_differ_are_not_confirmed_by_whatever_way(house: House) -> None:
    officer = Register(house)
    one, other = house.trust.writes(patient()), house.drugs.writes(patient(1))
    assert refused(officer, one, other) == (422, ["patient"])
    between = house.housing.writes(nameless())
    officer.confirms(one, between)
    assert refused(officer, between, other) == (422, ["patient"])
    undated = house.registers(patient(birthDate="1987"))
    officer.confirms(undated.me, one)  # the same number, and no full date


def test_what_has_ended_is_not_ended_again(street: Street) -> None:
    record = street.officer.confirms(street.at_trust, street.at_drugs)
    street.officer.parts(record)
    for each in (record, "nothing"):
        again = asyncio.run(street.house.gateway.end_same_person(street.officer.who, each, "why"))
        assert (again.status, places(again)) == (404, ["id"])


def test_the_person_sees_both_at_their_portal_while_it_stands(street: Street) -> None:
    assert street.me.get(street.mood).status == 404
    record = street.officer.confirms(street.me.me, street.at_trust, their_word=True)
    found = street.me.finds("Observation", patient=street.me.me)
    assert set(found) == {street.alcohol, street.mood}
    street.officer.parts(record)
    assert street.me.get(street.mood).status == 404
    assert street.me.finds("Observation", patient=street.me.me) == []


def test_who_decides_for_one_decides_for_both_and_for_theirs_alone_after(
    street: Street, office: Office
) -> None:
    office.names(street.at_trust, ADA, Basis.DEPUTY)
    ada = acting(street.me)
    assert ada.get(street.mood).status == 404
    record = street.officer.confirms(street.me.me, street.at_trust)
    assert ada.get(street.mood).status == 200
    street.officer.parts(record)
    assert ada.get(street.mood).status == 404
    assert ada.finds("Observation", patient=street.me.me) == []
    own = street.house.registers(nameless())
    street.officer.confirms(own.me, street.at_trust)
    assert acting(own).get(street.mood).status == 200


def test_what_was_answered_before_is_not_answered_after(street: Street) -> None:
    street.says("permit")
    mine = street.officer.confirms(street.me.me, street.at_trust)
    page = f"Observation?patient={street.at_drugs}"
    empty = [street.drugs.look(page).body for _ in range(3)]
    record = street.officer.confirms(street.at_drugs, street.at_trust)
    full = [street.drugs.look(page).body for _ in range(3)]
    street.officer.parts(record)
    after = [street.drugs.look(page).body for _ in range(3)]
    assert len(set(empty)) == len(set(full)) == len(set(after)) == 1
    totals = [body_of(street.drugs.look(page))["total"]]
    assert (b"Observation/" in empty[0], full[0].count(b'"fullUrl"')) == (False, 2)
    assert totals == [0]
    assert len(street.me.finds("Observation", patient=street.me.me)) == 2
    street.officer.parts(mine)
    assert street.me.finds("Observation", patient=street.me.me) == []


def test_what_named_one_person_twice_is_about_two_people_once_they_are_parted(
    street: Street,
) -> None:
    street.says("permit")
    mine, theirs = street.all_one()
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": street.mood}, {"reference": street.at_drugs}],
        "recorded": "2026-05-03T10:00:00Z",
        "agent": [{"who": {"reference": street.house.organizations["DA1"]}}],
    }
    written = street.drugs.writes(provenance)
    several = f"SELECT several FROM resource WHERE id = '{written.partition('/')[2]}'"
    assert street.house.held(several) == [(0,)]
    assert street.me.get(written).status == 200
    street.officer.parts(theirs)
    assert street.house.held(several) == [(1,)]
    assert street.me.get(written).status == 404
    street.officer.confirms(street.at_trust, street.at_drugs)
    assert street.house.held(several) == [(0,)]
    assert street.me.get(written).status == 200
    street.officer.parts(mine)
    assert street.me.get(written).status == 404


def test_whom_a_referral_makes_known_goes_with_whom_it_was_about(street: Street) -> None:
    house = street.house
    mine, _ = street.all_one()
    asked, _, _ = street.trust.sent(
        *referral(street.at_trust, house.organizations["RX1"], house.organizations["HO1"])
    )
    street.officer.parts(mine)
    assert house.housing.get(asked).status == 200
    street.says("permit", "HO1")
    assert house.housing.get(street.mood).status == 404
    street.officer.confirms(street.at_trust, street.me.me)
    assert house.housing.get(street.mood).status == 200


def told(me: Caller) -> str:
    answer = me.look("AuditEvent?_count=100")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_the_person_reads_each_act_and_what_was_done_with_both(street: Street) -> None:
    street.trust.read(street.mood)
    street.says("permit")
    assert street.mood not in told(street.me)
    mine, _ = street.all_one()
    assert street.mood in told(street.me)  # what was done with it before
    street.drugs.read(street.alcohol)
    assert street.alcohol in told(street.me)
    acts = told(street.me).count("P. Officer")
    street.officer.parts(mine)
    assert told(street.me).count("P. Officer") == acts * 3 // 2 > 0
    assert street.mood not in told(street.me)
    assert street.alcohol not in told(street.me)
    acts = [each["query"] for each in street.house.entries() if "same-person" in each["query"]]
    assert acts == ["same-person/confirm", "same-person/confirm", "same-person/end"]
    [end] = [each for each in street.house.entries() if each["query"] == "same-person/end"]
    assert end["entities"][:2] == [street.me.me, street.at_trust]
    other = street.house.registers(nameless())
    street.officer.confirms(other.me, street.at_trust)
    assert street.alcohol in told(other)  # who looked while it was shared stays theirs to know
    assert street.me.me not in told(other)


def test_the_log_stays_with_the_person_when_a_number_is_found(street: Street) -> None:
    street.says("permit")
    mine, _ = street.all_one()
    street.drugs.read(street.alcohol)
    corrected(street.trust, street.at_trust, identifier=number(0))
    assert street.alcohol in told(street.me)
    street.drugs.read(street.mood)
    street.officer.parts(mine)
    assert street.alcohol not in told(street.me)
    at_home = street.house.person()
    assert street.alcohol in told(at_home)
    assert street.mood in told(at_home)


def test_whoever_received_it_is_told_when_the_confirmation_ends(street: Street) -> None:
    def notices(who: Caller) -> list[str]:
        return who.finds("Task", owner=who.who.organization, code=NOTICE)

    street.says("permit")
    mine, theirs = street.all_one()
    street.drugs.read(street.mood)
    assert notices(street.drugs) == []
    street.officer.parts(theirs)
    [notice] = notices(street.drugs)
    assert street.drugs.read(notice)["for"] == {"reference": street.at_drugs}
    street.officer.parts(mine)
    assert notices(street.drugs) == [notice]


def test_whoever_loses_by_a_denial_that_now_holds_is_told(house: House) -> None:
    street = Street(house)
    permitting = house.registers(nameless())
    for each in (street.at_trust, street.at_drugs):
        street.officer.confirms(permitting.me, each)
    permitting.created(consent(permitting.me, "permit", house.organizations["DA1"]))
    street.says("deny", securityLabel=topic("ETHUD"))
    street.drugs.read(street.alcohol)
    record = street.officer.confirms(street.me.me, street.at_trust)
    found = street.drugs.finds("Task", owner=house.organizations["DA1"], code=NOTICE)
    assert len(found) == 1
    assert street.drugs.get(street.alcohol).status == 404
    street.officer.parts(record)
    assert street.drugs.get(street.alcohol).status == 200


def answers(who: Caller, patient: str) -> list[tuple[int, dict[str, str], bytes]]:
    addresses = [
        patient,
        f"{patient}/_history",
        f"Observation?patient={patient}",
        f"Observation?patient={patient}&_summary=count",
        f"Patient?_has:Observation:patient:code=44261-6&_id={patient.partition('/')[2]}",
        "Observation/_history",
    ]
    found = [who.look(each) for each in addresses]
    return [(each.status, dict(each.headers), each.body) for each in found]


def test_who_is_permitted_nothing_is_answered_the_same_bytes(street: Street) -> None:
    housing = street.house.housing
    at_housing = housing.writes(nameless())
    housing.writes(score(at_housing))
    before = answers(housing, at_housing)
    record = street.officer.confirms(at_housing, street.at_trust)
    assert answers(housing, at_housing) == before
    street.officer.parts(record)
    assert answers(housing, at_housing) == before


def test_history_goes_with_whom_it_was_about(street: Street) -> None:
    street.says("permit")
    corrected(street.trust, street.mood, effectiveDateTime="2026-04-30")
    _, theirs = street.all_one()
    history = f"{street.mood}/_history"
    assert body_of(street.drugs.look(history))["total"] == 2
    street.officer.parts(theirs)
    assert street.drugs.look(history).status == 404


def test_an_organisation_may_have_two_patients_of_one_person(street: Street) -> None:
    street.says("permit")
    street.all_one()
    again = street.drugs.writes(nameless())
    own = street.drugs.writes(score(again))
    assert street.drugs.finds("Observation", patient=again) == [own]
    record = street.officer.confirms(again, street.at_drugs)
    for each in (again, street.at_drugs):
        found = street.drugs.finds("Observation", patient=each)
        assert set(found) == {own, street.alcohol, street.mood}
    assert street.trust.finds("Observation", patient=street.at_trust) != []
    street.officer.parts(record)
    assert street.drugs.finds("Observation", patient=again) == [own]


def test_what_was_cleared_for_one_is_cleared_for_the_person(street: Street) -> None:
    kept = street.trust.writes(score(street.at_trust, meta=OF_OTHERS))
    clears(street.trust, kept)
    record = street.officer.confirms(street.me.me, street.at_trust)
    assert street.me.get(kept).status == 200
    street.officer.parts(record)
    assert street.me.get(kept).status == 404
    after = street.house.registers(nameless())
    street.officer.confirms(after.me, street.at_trust)
    theirs = street.drugs.writes(score(street.at_drugs, meta=OF_OTHERS))
    clears(street.drugs, theirs)
    assert after.get(theirs).status == 404
    street.officer.confirms(street.at_drugs, street.at_trust)
    assert (after.get(kept).status, after.get(theirs).status) == (200, 200)


def test_emergency_access_serves_whoever_its_patient_means(street: Street) -> None:
    registered(street.house, "DA1")
    held = granted(street.house, "DA1", street.at_drugs)
    assert isinstance(held, Granted)
    looking = Caller(street.house, held.requester)
    assert looking.get(street.mood).status == 404
    record = street.officer.confirms(street.at_trust, street.at_drugs)
    assert who_is(street.house, held) is not None
    assert looking.get(street.mood).status == 200
    street.officer.parts(record)
    assert who_is(street.house, held) is not None
    assert looking.get(street.mood).status == 404
    assert looking.get(street.at_drugs).status == 200


def test_what_a_service_wrote_for_the_person_is_theirs_alone_again(street: Street) -> None:
    """The portal's yes is the person's; a spoken one counts for the service that wrote it."""
    spoken = street.drugs.writes(
        consent(street.at_drugs, "permit", street.house.organizations["DA1"])
    )
    assert street.sees() == set()
    record = street.officer.confirms(street.at_drugs, street.at_trust)
    assert street.sees() == {street.alcohol, street.mood}
    street.officer.parts(record)
    assert street.sees() == set()
    assert street.drugs.get(spoken).status == 200


def test_the_register_shows_the_ground_and_whose_word_it_was(street: Street) -> None:
    street.officer.confirms(street.at_trust, street.at_drugs)
    street.officer.confirms(street.at_trust, street.me.me, their_word=True)
    alone = street.house.housing.writes(nameless())
    first, second = street.officer.listed(street.me.me)
    assert first["patients"] == [street.at_trust, street.at_drugs]
    assert (first["on_their_word"], second["on_their_word"]) == (False, True)
    assert (first["ground"], first["recorded_by"]) == ("Met at the day centre", "P. Officer")
    assert street.officer.listed(alone) == []
    kept = b"".join(bytes(each) for (each,) in street.house.held("SELECT sealed FROM same_person"))
    assert b"day centre" not in kept
