"""Who may consent: the person, from sixteen on, with capacity, or as judged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from callers import NHS, NUMBERS, House, consent, entry, hidden_score, patient
from deputies import ADA, CHILD, DRUGS, HOUSING, TREATMENT, Office, acting, needs_a_record, said_by

from gateway.auth.requester import Role
from gateway.storage.delegates import Basis
from gateway.storage.judgements import Kind

ALCOHOL = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]


def test_under_sixteen_a_yes_needs_a_gillick_judgement(house: House, office: Office) -> None:
    hidden, me = hidden_score(house, **CHILD), house.registers(patient(**CHILD))
    said = consent(me.me, "permit", house.organizations[DRUGS])
    needs_a_record(me.post(said), "Gillick", "under sixteen")
    assert house.rows("spoken") == 0
    office.judges(me.me, Kind.GILLICK, DRUGS)
    assert me.post(said).status == 201
    assert house.drugs.get(hidden).status == 200


def test_under_sixteen_a_no_counts_as_it_is(house: House, office: Office) -> None:
    hidden, me = hidden_score(house, **CHILD), house.registers(patient(**CHILD))
    office.judges(me.me, Kind.GILLICK, DRUGS)
    me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    assert house.drugs.get(hidden).status == 200
    me.created(consent(me.me, "deny", house.organizations[HOUSING]))
    me.created(consent(me.me, "deny", house.organizations[DRUGS]))
    assert house.drugs.get(hidden).status == 404


@pytest.mark.parametrize("born", ["2010-05-03", "1950-01-01", "2008-05-04"])
def test_from_the_sixteenth_birthday_on_they_decide_themselves(house: House, born: str) -> None:
    me = house.registers(patient(birthDate=born))
    assert me.post(consent(me.me, "permit", house.organizations[DRUGS])).status == 201


@pytest.mark.parametrize("born", ["2010-05-04", "2010-05", "2010", "2026-01-01"])
def test_who_may_be_younger_is(house: House, born: str) -> None:
    me = house.registers(patient(birthDate=born))
    needs_a_record(me.post(consent(me.me, "permit", house.organizations[DRUGS])), "Gillick")


def test_a_birthday_begins_at_midnight_in_london(house: House) -> None:
    me = house.registers(patient(birthDate="2010-06-02"))
    said = consent(me.me, "permit", house.organizations[DRUGS])
    house.now = datetime(2026, 6, 1, 22, 59, 57, tzinfo=UTC)
    needs_a_record(me.post(said))
    house.now = datetime(2026, 6, 1, 22, 59, 59, tzinfo=UTC)
    assert me.post(said).status == 201


def test_a_gillick_judgement_is_about_the_service_it_names(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    office.judges(me.me, Kind.GILLICK, HOUSING)
    needs_a_record(me.post(consent(me.me, "permit", house.organizations[DRUGS])))
    needs_a_record(me.post(consent(me.me, "permit", purpose=TREATMENT)))
    assert me.post(consent(me.me, "permit", house.organizations[HOUSING])).status == 201
    office.judges(me.me, Kind.GILLICK, "everything")
    assert me.post(consent(me.me, "permit", purpose=TREATMENT)).status == 201


def test_a_yes_inside_a_no_is_a_yes(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    inner = {"type": "permit", "securityLabel": ALCOHOL}
    said = consent(me.me, "deny", house.organizations[DRUGS], provision=[inner])
    needs_a_record(me.post(said), "Gillick")
    office.judges(me.me, Kind.GILLICK, DRUGS)
    assert me.post(said).status == 201


def test_an_opt_in_is_a_yes_to_everyone(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    optin = {"coding": [{"system": ALCOHOL[0]["system"], "code": "OPTIN"}]}
    said = consent(me.me, "deny", house.organizations[DRUGS]) | {"policyRule": optin}
    office.judges(me.me, Kind.GILLICK, DRUGS)
    needs_a_record(me.post(said), "Gillick")


def test_a_judgement_ends(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    said = consent(me.me, "permit", house.organizations[DRUGS])
    ended = office.judges(me.me, Kind.GILLICK, DRUGS)
    office.ends_judgement(ended)
    needs_a_record(me.post(said))
    office.judges(me.me, Kind.GILLICK, DRUGS, days=1)
    house.wait(days=2)
    needs_a_record(me.post(said))


def test_what_was_said_with_a_judgement_stands_when_it_ends(house: House, office: Office) -> None:
    hidden, me = hidden_score(house, **CHILD), house.registers(patient(**CHILD))
    judged = office.judges(me.me, Kind.GILLICK, DRUGS)
    me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    office.ends_judgement(judged)
    assert house.drugs.get(hidden).status == 200


def test_a_yes_that_is_only_proposed_waits_for_the_judgement(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    said = consent(me.me, "permit", house.organizations[DRUGS]) | {"status": "proposed"}
    stored = me.created(said)
    needs_a_record(me.put(stored | {"status": "active"}), "Gillick")
    office.judges(me.me, Kind.GILLICK, DRUGS)
    assert me.put(stored | {"status": "active"}).status == 200


def test_a_service_records_no_yes_of_a_child_who_was_not_judged(
    house: House, office: Office
) -> None:
    mine = house.drugs.writes(patient(**CHILD))
    said = consent(mine, "permit", house.organizations[DRUGS])
    needs_a_record(house.drugs.post(said), "Gillick")
    assert house.drugs.post(consent(mine, "deny", house.organizations[DRUGS])).status == 201
    office.judges(mine, Kind.GILLICK, DRUGS)
    assert house.drugs.post(said).status == 201


def test_a_service_is_told_nothing_that_was_recorded_elsewhere(
    house: House, office: Office, hidden: str
) -> None:
    """A lack of capacity recorded with another's Patient is not told, and counts."""
    known = house.drugs.finds("Patient", identifier=f"{NHS}|{NUMBERS[0]}")[0]
    me = house.person()
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    assert house.drugs.post(consent(known, "permit", house.organizations[DRUGS])).status == 201
    assert house.drugs.get(hidden).status == 404
    office.judges(known, Kind.LACKS_CAPACITY, DRUGS)
    needs_a_record(
        house.drugs.post(consent(known, "permit", house.organizations[DRUGS])), "capacity"
    )


def test_a_gillick_judgement_recorded_elsewhere_is_not_told_to_a_service(
    house: House, office: Office
) -> None:
    mine, me = house.drugs.writes(patient(**CHILD)), house.registers(patient(**CHILD))
    office.judges(me.me, Kind.GILLICK, "everything")
    needs_a_record(house.drugs.post(consent(mine, "permit", house.organizations[DRUGS])), "Gillick")
    assert me.post(consent(me.me, "permit", house.organizations[DRUGS])).status == 201


def test_what_was_recorded_ends_where_a_patient_becomes_another_person(
    house: House, office: Office
) -> None:
    me, other = house.person(), house.person(1)
    mine = house.trust.created(patient())
    office.names(f"Patient/{mine['id']}", ADA, Basis.DEPUTY)
    assert acting(me).post(said_by(acting(me), "permit")).status == 201
    corrected = mine | {"identifier": patient(1)["identifier"]}
    assert house.trust.put(corrected).status == 200
    for one in (me, other):
        needs_a_record(acting(one).post(said_by(acting(one), "permit")), "no record")


def test_a_yes_does_not_count_where_capacity_for_it_is_lacking(
    house: House, office: Office
) -> None:
    me = house.person()
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    needs_a_record(me.post(consent(me.me, "permit", house.organizations[DRUGS])), "capacity")
    assert me.post(consent(me.me, "permit", house.organizations[HOUSING])).status == 201
    assert me.post(consent(me.me, "deny", house.organizations[DRUGS])).status == 201


def test_consent_given_with_capacity_stands_when_it_is_lost(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    said = me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    office.judges(me.me, Kind.LACKS_CAPACITY, "everything")
    assert house.drugs.get(hidden).status == 200
    assert me.put(said | {"status": "inactive"}).status == 200
    assert house.drugs.get(hidden).status == 404


def test_the_officers_role_alone_writes_no_consent(house: House) -> None:
    me = house.person()
    officer = house.caller("OF1", Role.OFFICER)
    assert officer.post(consent(me.me, "permit", house.organizations[DRUGS])).status == 403
    assert me.transact(entry(consent(me.me, "permit", house.organizations[DRUGS]))).status == 200
