"""What an officer records of who decides for a person: each act is logged, sealed, and at once."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from callers import NUMBERS, Caller, House, body_of, patient
from deputies import ADA, DRUGS, Office

from gateway.actions.deputising import NewDelegate, NewJudgement
from gateway.storage.delegates import Basis
from gateway.storage.judgements import Kind


def test_each_record_and_each_look_at_one_leaves_its_row(house: House, office: Office) -> None:
    me = house.person()
    before = house.rows("audit")
    record = office.names(me.me, ADA, Basis.DEPUTY)
    answer = asyncio.run(office.gateway.delegates_of(office.who, me.me))
    assert [one["identifier"] for one in msgspec.json.decode(answer.body)] == [ADA]
    office.ends(record)
    asyncio.run(office.gateway.judgements_of(office.who, me.me))
    assert house.rows("audit") == before + 4
    told = [each["resource"] for each in body_of(me.ask("AuditEvent"))["entry"]]
    assert sum(each["agent"][0].get("name") == "P. Officer" for each in told) == 4


def test_what_is_recorded_stands_sealed(house: House, office: Office) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    rows = house.held("SELECT subject, sealed FROM delegate") + house.held(
        "SELECT about, sealed FROM judgement"
    )
    for plain, sealed in rows:
        assert "ada" not in plain
        assert b"Officer" not in bytes(sealed)
        assert b"seen" not in bytes(sealed)


@pytest.mark.parametrize("number", NUMBERS[:1])
def test_a_delegate_is_not_recorded_by_nhs_number(
    house: House, office: Office, number: str
) -> None:
    me = house.person()
    who = f"https://fhir.nhs.uk/Id/nhs-number|{number}"
    new = NewDelegate(me.me, who, "Somebody", Basis.DEPUTY, "seen")
    answer = asyncio.run(office.gateway.add_delegate(office.who, new))
    assert answer.status == 422
    assert number not in answer.body.decode()


def test_records_of_nobody_and_of_no_service_are_refused(house: House, office: Office) -> None:
    me = house.person()
    nobody = NewDelegate("Patient/nobody", ADA, "Somebody", Basis.DEPUTY, "seen")
    assert asyncio.run(office.gateway.add_delegate(office.who, nobody)).status == 404
    nowhere = NewJudgement(me.me, Kind.GILLICK, "NOSUCH", "judged", 1)
    assert asyncio.run(office.gateway.add_judgement(office.who, nowhere)).status == 422
    assert asyncio.run(office.gateway.end_delegate(office.who, "nobody")).status == 404


def _stamps(house: House, me: Caller) -> int:
    """How often something about the person was written, as all their Patients have it."""
    rows = house.held(
        "SELECT sum(s.stamp) FROM identity m JOIN identity s ON s.person = m.person"
        f" WHERE m.patient = '{me.me.partition('/')[2]}'"
    )
    return int(rows[0][0])


def test_whatever_is_recorded_or_ended_raises_the_stamps_of_the_person_alone(
    house: House, office: Office
) -> None:
    me, other = house.person(), house.person(1)
    house.drugs.writes(patient())
    ids = []
    for act in (
        lambda: ids.append(office.names(me.me, ADA, Basis.DEPUTY)),
        lambda: ids.append(office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)),
        lambda: office.ends(ids[0]),
        lambda: office.ends_judgement(ids[1]),
    ):
        mine, theirs = _stamps(house, me), _stamps(house, other)
        act()
        assert _stamps(house, me) == mine + 2  # of both their Patients
        assert _stamps(house, other) == theirs


def test_an_end_that_ends_nothing_and_a_look_raise_no_stamp(house: House, office: Office) -> None:
    me = house.person()
    record = office.names(me.me, ADA, Basis.DEPUTY)
    office.ends(record)
    before = _stamps(house, me)
    assert asyncio.run(office.gateway.end_delegate(office.who, record)).status == 404
    assert asyncio.run(office.gateway.delegates_of(office.who, me.me)).status == 200
    assert _stamps(house, me) == before
