"""Emergency access: one practitioner, one person, four hours, on record before anything is seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from callers import Caller, House, body_of, consent, entry, patient, score
from glass import DOCTOR, NURSE, WHY, breaks, granted, officer, registered, who_is
from plans import activity, plan

from gateway.actions.answer import Answer
from gateway.auth.access_token import Granted

BTG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG"}
VERY = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}


class Known:
    """A person whom trust and drugs service know, with a score that each of them wrote."""

    def __init__(self, house: House, number: int = 0) -> None:
        self.me = house.person(number)
        self.at_trust = house.trust.writes(patient(number))
        self.at_drugs = house.drugs.writes(patient(number))
        self.theirs = house.trust.writes(score(self.at_trust))
        self.own = house.drugs.writes(score(self.at_drugs))


def denied_like_nothing(caller: Caller, reference: str) -> bool:
    kind = reference.partition("/")[0]
    unknown = caller.get(f"{kind}/6d1a6a52-0000-4000-8000-000000000000")
    refused = caller.get(reference)
    return (refused.status, refused.body) == (404, unknown.body)


def test_an_emergency_shows_what_others_wrote_and_normal_reading_does_not(house: House) -> None:
    sam = Known(house)
    assert denied_like_nothing(house.drugs, sam.theirs)
    doctor = breaks(house, "DA1", sam.at_drugs)
    assert doctor.get(sam.theirs).status == 200
    assert set(doctor.finds("Observation", patient=sam.at_drugs)) == {sam.theirs, sam.own}
    assert denied_like_nothing(house.drugs, sam.theirs)


def test_another_persons_record_stays_as_if_it_were_not_there(house: House) -> None:
    sam, kim = Known(house), Known(house, 1)
    doctor = breaks(house, "DA1", sam.at_drugs)
    for reference in (kim.theirs, kim.own, kim.at_drugs):
        assert denied_like_nothing(doctor, reference)
    ids = ",".join(each.partition("/")[2] for each in (sam.at_drugs, kim.at_drugs))
    assert doctor.finds("Patient", _id=ids) == [sam.at_drugs]
    named = ",".join(each.partition("/")[2] for each in (sam.theirs, kim.theirs, kim.own))
    assert doctor.finds("Observation", _id=named) == [sam.theirs]
    assert doctor.finds("Observation", patient=kim.at_drugs) == []
    assert doctor.finds("Observation", patient=sam.at_drugs)
    assert {one["resource"]["id"] for one in doctor.history("Observation/_history")} == {
        each.partition("/")[2] for each in (sam.theirs, sam.own)
    }
    assert doctor.look(f"{kim.own}/_history").status == 404
    included = doctor.finds("Patient", _id=ids, _revinclude="Observation:subject")
    assert set(included) == {sam.at_drugs, sam.theirs, sam.own}


def test_what_concerns_another_person_too_is_not_shown(house: House) -> None:
    sam, kim = Known(house), Known(house, 1)
    both = house.drugs.writes(score(sam.at_drugs, focus=[{"reference": kim.at_drugs}]))
    assert house.drugs.get(both).status == 200
    assert denied_like_nothing(breaks(house, "DA1", sam.at_drugs), both)


def test_an_emergency_of_one_who_has_no_person_sees_nobody(house: House) -> None:
    sam = Known(house)
    adrift = house.drugs.for_purpose("BTG")
    assert denied_like_nothing(adrift, sam.own)
    assert adrift.finds("Observation", patient=sam.at_drugs) == []


def test_the_persons_no_to_emergencies_is_kept_to_and_looks_like_nothing(house: House) -> None:
    sam = Known(house)
    sam.me.created(consent(sam.me.me, "deny", purpose=[BTG]))
    doctor = breaks(house, "DA1", sam.at_drugs)
    assert denied_like_nothing(doctor, sam.theirs)
    assert doctor.get(sam.own).status == 200  # what an organisation wrote itself it reads
    sam.me.created(consent(sam.me.me, "permit", house.organizations["DA1"], purpose=[BTG]))
    assert denied_like_nothing(doctor, sam.theirs)


def test_a_no_to_something_else_leaves_emergencies_to_site_policy(house: House) -> None:
    sam = Known(house)
    sam.me.created(consent(sam.me.me, "deny", house.organizations["DA1"]))
    assert breaks(house, "DA1", sam.at_drugs).get(sam.theirs).status == 200


@pytest.mark.parametrize("level", ["R", "V"])
def test_the_highest_level_is_not_for_emergencies(house: House, level: str) -> None:
    sam = Known(house)
    kept = house.trust.writes(score(sam.at_trust, meta={"security": [VERY | {"code": level}]}))
    assert breaks(house, "DA1", sam.at_drugs).get(kept).status == (200 if level == "R" else 404)


def test_the_ceiling_stays(house: House) -> None:
    sam = Known(house)
    house.change("UPDATE resource SET ceiling = 1 WHERE id = ?", sam.theirs.partition("/")[2])
    assert denied_like_nothing(breaks(house, "DA1", sam.at_drugs), sam.theirs)


def test_the_reason_stands_in_the_log_before_anything_is_seen(house: House) -> None:
    sam = Known(house)
    doctor = breaks(house, "DA1", sam.at_drugs)
    [*_, last] = house.entries()
    assert (last["interaction"], last["outcome"]) == ("emergency", "permitted")
    assert (last["reason"], last["practitioner"]) == (WHY, DOCTOR)
    assert (last["purpose"], last["patients"]) == ("BTG", [sam.at_drugs])
    doctor.get(sam.theirs)
    [*_, look] = house.entries()
    assert (look["purpose"], look["reason"], look["entities"]) == ("BTG", WHY, [sam.theirs])


def test_the_one_who_is_looked_at_finds_it_in_their_log_and_nobody_else_does(house: House) -> None:
    sam, kim = Known(house), Known(house, 1)
    breaks(house, "DA1", sam.at_drugs).finds("Observation", patient=sam.at_drugs)
    shown = [house.officer.read(each) for each in sam.me.finds("AuditEvent", purpose="BTG")]
    assert {each["subtype"][0]["code"] for each in shown} == {"emergency", "search-type"}
    assert kim.me.finds("AuditEvent", purpose="BTG") == []


def test_an_emergency_waits_for_an_officer_and_to_be_told(house: House) -> None:
    sam = Known(house)
    breaks(house, "DA1", sam.at_drugs)
    breaks(house, "DA1", sam.at_drugs)
    waiting = house.held("SELECT kind, organization, practitioner FROM queue WHERE done IS NULL")
    organization = house.organizations["DA1"].partition("/")[2]
    assert waiting == [("emergency", organization, DOCTOR)]
    assert house.held("SELECT kind, told FROM to_tell") == [("emergency", None)]


def test_many_tokens_last_no_longer_than_the_first_emergency(house: House) -> None:
    sam = Known(house)
    registered(house, "DA1")
    began = house.now
    first = granted(house, "DA1", sam.at_drugs)
    assert isinstance(first, Granted)
    house.wait(hours=3, minutes=58)
    last = granted(house, "DA1", sam.at_drugs, why="She is still not awake")
    assert isinstance(last, Granted)
    assert last.requester.emergency == first.requester.emergency
    assert last.expires < last.issued + 300
    assert last.expires <= began.timestamp() + 4 * 3600 + 3
    assert who_is(house, last) is not None
    house.wait(minutes=2)
    assert who_is(house, last) is None


def test_the_same_reason_begins_nothing_new_once_it_has_ended(house: House) -> None:
    sam = Known(house)
    breaks(house, "DA1", sam.at_drugs)
    house.wait(hours=4, minutes=1)
    again = granted(house, "DA1", sam.at_drugs, why=WHY.upper())
    assert isinstance(again, Answer)
    assert again.status == 422
    assert house.entries()[-1]["outcome"] == "refused"
    assert isinstance(granted(house, "DA1", sam.at_drugs, why="Has stopped breathing"), Granted)
    assert house.rows("emergency") == 2
    assert house.rows("queue") == 2


def test_a_token_holds_while_the_emergency_does_and_an_officer_ends_it(house: House) -> None:
    sam = Known(house)
    registered(house, "DA1")
    held = granted(house, "DA1", sam.at_drugs)
    assert isinstance(held, Granted)
    asker = who_is(house, held)
    assert asker is not None
    assert (asker.reason, asker.patient) == (WHY, sam.at_drugs)
    ended = asyncio.run(house.gateway.end_emergency(officer(house), held.requester.emergency or ""))
    assert ended.status == 204
    assert who_is(house, held) is None
    assert granted(house, "DA1", sam.at_drugs, why="Something else").status == 403
    other = granted(house, "DA1", sam.at_drugs, NURSE)
    assert isinstance(other, Granted)
    assert who_is(house, other) is not None


def test_only_an_officer_ends_an_emergency(house: House) -> None:
    sam = Known(house)
    doctor = breaks(house, "DA1", sam.at_drugs)
    for caller in (house.drugs, doctor, sam.me):
        ended = asyncio.run(house.gateway.end_emergency(caller.who, doctor.who.emergency or ""))
        assert ended.status == 403
    assert house.held("SELECT ended FROM emergency") == [(None,)]


def test_a_patient_that_becomes_someone_else_takes_the_emergency_along_to_nobody(
    house: House,
) -> None:
    sam = Known(house)
    registered(house, "DA1")
    held = granted(house, "DA1", sam.at_drugs)
    assert isinstance(held, Granted)
    known = house.drugs.read(sam.at_drugs)
    assert house.drugs.put(known | {"birthDate": "1950-01-01"}).status == 200
    assert who_is(house, held) is None


def test_someone_elses_patient_is_refused_as_one_that_does_not_exist(house: House) -> None:
    sam = Known(house)
    theirs = granted(house, "DA1", sam.at_trust)
    unknown = granted(house, "DA1", "Patient/6d1a6a52-0000-4000-8000-000000000000")
    assert isinstance(theirs, Answer)
    assert isinstance(unknown, Answer)
    assert (theirs.status, theirs.body) == (unknown.status, unknown.body)
    assert house.rows("emergency") == 0


def with_policy(house: House, **changed: Any) -> None:
    installation = house.gateway.installation
    policy = replace(installation.policy, **changed)
    house.gateway.installation = replace(installation, policy=policy)


def test_where_site_policy_says_no_only_the_persons_own_yes_opens_anything(house: House) -> None:
    sam = Known(house)
    with_policy(house, emergencies=False, version="2027-strict")
    doctor = breaks(house, "DA1", sam.at_drugs)
    assert denied_like_nothing(doctor, sam.theirs)
    assert house.entries()[-1]["policy"] == "2027-strict"
    sam.me.created(consent(sam.me.me, "permit", house.organizations["HO1"], purpose=[BTG]))
    assert denied_like_nothing(doctor, sam.theirs)
    sam.me.created(consent(sam.me.me, "permit", house.organizations["DA1"], purpose=[BTG]))
    assert doctor.get(sam.theirs).status == 200
    assert denied_like_nothing(house.drugs, sam.theirs)


def test_a_site_may_make_emergencies_shorter(house: House) -> None:
    sam = Known(house)
    registered(house, "DA1")
    with_policy(house, emergency_hours=1)
    held = granted(house, "DA1", sam.at_drugs)
    assert isinstance(held, Granted)
    house.wait(minutes=59)
    late = granted(house, "DA1", sam.at_drugs)
    assert isinstance(late, Granted)
    assert late.requester.emergency == held.requester.emergency
    assert late.expires < late.issued + 61
    house.wait(minutes=1)
    assert who_is(house, late) is None


def test_an_organisation_without_an_agreement_sees_what_it_wrote_and_no_more(house: House) -> None:
    sam = Known(house)
    drugs = house.organizations["DA1"].partition("/")[2]
    house.change("UPDATE organization SET agreement_to = 1 WHERE id = ?", drugs)
    doctor = breaks(house, "DA1", sam.at_drugs)
    assert denied_like_nothing(doctor, sam.theirs)
    assert doctor.get(sam.own).status == 200


def test_each_practitioner_has_an_emergency_of_their_own(house: House) -> None:
    sam = Known(house)
    registered(house, "DA1")
    doctors, nurses = (granted(house, "DA1", sam.at_drugs, who) for who in (DOCTOR, NURSE))
    assert isinstance(doctors, Granted)
    assert isinstance(nurses, Granted)
    assert doctors.requester.emergency != nurses.requester.emergency
    stolen = replace(nurses.requester, emergency=doctors.requester.emergency)
    assert who_is(house, replace(nurses, requester=stolen)) is None
    assert who_is(house, nurses) is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # by a trigger of SQLite's
def test_nothing_is_begun_where_nothing_can_be_recorded(house: House) -> None:
    sam = Known(house)
    house.change("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'x'); END")
    refused = granted(house, "DA1", sam.at_drugs)
    assert isinstance(refused, Answer)
    assert refused.status == 503
    assert house.rows("emergency") == house.rows("queue") == house.rows("to_tell") == 0
    house.change("DROP TRIGGER full")
    assert isinstance(granted(house, "DA1", sam.at_drugs), Granted)


WRITES: list[Any] = [
    lambda doctor, sam: doctor.post(score(sam.at_drugs)),
    lambda doctor, sam: doctor.put(score(sam.at_drugs) | {"id": sam.own.partition("/")[2]}),
    lambda doctor, sam: doctor.delete(sam.own),
    lambda doctor, sam: doctor.transact(entry(score(sam.at_drugs))),
]


@pytest.mark.parametrize("write", WRITES)
def test_an_emergency_writes_nothing_and_says_what_does(house: House, write: Any) -> None:
    sam = Known(house)
    refused = write(breaks(house, "DA1", sam.at_drugs), sam)
    assert refused.status == 403
    assert b"write it with a token for TREAT" in refused.body
    assert house.drugs.get(sam.own).status == 200


def test_a_batch_in_an_emergency_reads_and_writes_nothing(house: House) -> None:
    sam = Known(house)
    doctor = breaks(house, "DA1", sam.at_drugs)
    read = {"request": {"method": "GET", "url": sam.theirs}}
    answer = doctor.transact(entry(score(sam.at_drugs)), read, kind="batch")
    statuses = [each["response"]["status"] for each in body_of(answer)["entry"]]
    assert [each[:3] for each in statuses] == ["403", "200"]


def test_everything_of_one_person_is_had_and_nothing_of_another(house: House) -> None:
    sam, kim = Known(house), Known(house, 1)
    doctor = breaks(house, "DA1", sam.at_drugs)

    def everything(patient: str) -> Answer:
        asked = house.gateway.everything(doctor.who, patient.partition("/")[2], ())
        return asyncio.run(asked)

    found = body_of(everything(sam.at_drugs))
    ids = {each["resource"]["id"] for each in found["entry"]}
    assert ids >= {each.partition("/")[2] for each in (sam.theirs, sam.own, sam.at_drugs)}
    assert everything(kim.at_drugs).status == 404


def test_a_plan_of_one_person_is_seen_in_an_emergency_and_not_of_another(house: House) -> None:
    sam, kim = Known(house), Known(house, 1)
    theirs, others = (
        house.trust.writes(plan(each.at_trust, activity("alcohol"))) for each in (sam, kim)
    )
    doctor = breaks(house, "DA1", sam.at_drugs)
    assert doctor.get(theirs).status == 200
    assert denied_like_nothing(doctor, others)
    sam.me.created(consent(sam.me.me, "deny", purpose=[BTG]))
    assert denied_like_nothing(doctor, theirs)


def test_an_emergency_reads_no_log(house: House) -> None:
    sam = Known(house)
    house.drugs.finds("Observation", patient=sam.at_drugs)
    assert house.drugs.finds("AuditEvent")
    assert breaks(house, "DA1", sam.at_drugs).finds("AuditEvent") == []


def test_kept_answers_of_an_emergency_are_not_given_to_anyone_else(house: House) -> None:
    sam, kim = Known(house), Known(house, 1)
    doctor = breaks(house, "DA1", sam.at_drugs)
    other = breaks(house, "DA1", kim.at_drugs)
    for _ in range(2):
        assert doctor.get(sam.theirs).status == 200
        assert other.get(sam.theirs).status == 404
        assert house.drugs.get(sam.theirs).status == 404
        assert other.get(kim.theirs).status == 200
