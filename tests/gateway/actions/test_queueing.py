"""What waits for an officer, and who may clear it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from callers import House, patient
from glass import DOCTOR, breaks, officer

from gateway.actions.answer import Answer
from gateway.actions.queueing import Queue
from gateway.auth.requester import Requester, Role
from gateway.storage.database import connect
from gateway.storage.officers import Officer, add, end

NOTE = "Spoke to the ward: she was unconscious."


def read(house: House, who: Requester) -> Queue:
    found = asyncio.run(house.gateway.officers_queue(who))
    assert isinstance(found, Queue), found
    return found


def clear(house: House, who: Requester, number: int, note: str = NOTE) -> Answer:
    return asyncio.run(house.gateway.clear_item(who, number, note))


def registers(house: House, new: Officer) -> None:
    connection = connect(house.url)
    assert add(connection, new)
    connection.close()


def broken(house: House) -> int:
    """The item of an emergency of the drugs service's doctor."""
    breaks(house, "DA1", house.drugs.writes(patient()))
    [waiting] = read(house, officer(house)).waiting
    return waiting.item.id


def test_an_officer_sees_who_looked_why_and_how_often(house: House) -> None:
    breaks(house, "DA1", house.drugs.writes(patient()))
    breaks(house, "DA1", house.drugs.writes(patient(1)))
    house.wait(hours=1)
    first, second = read(house, officer(house)).waiting
    assert first.item.at < second.item.at
    assert first.emergency is not None
    assert (first.emergency.practitioner, first.emergency.reason) == (
        DOCTOR,
        "Found unconscious at home",
    )
    assert (first.times, first.own) == (2, False)


def test_looking_at_the_queue_and_clearing_it_leave_their_rows(house: House) -> None:
    number = broken(house)
    assert house.entries()[-1]["interaction"] == "queue"
    assert clear(house, officer(house), number).status == 204
    last = house.entries()[-1]
    assert (last["interaction"], last["outcome"]) == ("queue-cleared", "permitted")
    assert last["practitioner_name"] == "A. Officer"


def test_what_is_cleared_waits_no_more_and_says_who_and_how(house: House) -> None:
    number = broken(house)
    assert clear(house, officer(house), number).status == 204
    found = read(house, officer(house))
    assert found.waiting == ()
    [done] = found.done
    assert (done.done_by, done.note) == (
        "https://onestory.example/fhir/Id/officer|A. Officer",
        NOTE,
    )
    assert clear(house, officer(house), number).status == 409


def test_the_one_who_looked_does_not_clear_it(house: House) -> None:
    number = broken(house)
    registers(house, Officer("Dr Officer", practitioner=DOCTOR))
    assert clear(house, officer(house, "Dr Officer"), number).status == 403
    assert read(house, officer(house, "Dr Officer")).waiting[0].own
    token = house.requester("OF1", Role.OFFICER)
    as_doctor = replace(token, practitioner=DOCTOR)
    assert clear(house, as_doctor, number).status == 403
    assert house.held("SELECT done FROM queue") == [(None,)]
    assert clear(house, officer(house, "Someone else"), number).status == 204


def test_an_officer_of_the_same_organisation_does_not_clear_it(house: House) -> None:
    number = broken(house)
    drugs, trust = (house.organizations[ods].partition("/")[2] for ods in ("DA1", "RX1"))
    registers(house, Officer("At the drugs service", organization=drugs))
    registers(house, Officer("At the trust", organization=trust))
    assert clear(house, officer(house, "At the drugs service"), number).status == 403
    token = replace(house.requester("DA1", Role.OFFICER), practitioner="x|y")
    assert clear(house, token, number).status == 403
    assert clear(house, officer(house, "At the trust"), number).status == 204


def test_nobody_but_an_officer_who_is_named_sees_or_clears_it(house: House) -> None:
    number = broken(house)
    nobody = house.requester("OF1", Role.OFFICER)  # a token that names nobody
    for who in (house.drugs.who, house.person(2).who, nobody):
        refused = asyncio.run(house.gateway.officers_queue(who))
        assert isinstance(refused, Answer)
        assert refused.status == 403
        assert clear(house, who, number).status == 403
        assert house.entries()[-1]["outcome"] == "refused"


def test_an_officer_who_has_left_does_nothing_more(house: House) -> None:
    number = broken(house)
    registers(house, Officer("Gone"))
    connection = connect(house.url)
    assert end(connection, "Gone", 1)
    connection.close()
    assert clear(house, officer(house, "Gone"), number).status == 403


@pytest.mark.parametrize("note", ["", "ok", " " * 40, "x" * 1_001])
def test_a_note_has_to_say_something(house: House, note: str) -> None:
    assert clear(house, officer(house), broken(house), note).status == 400


def test_an_item_that_never_was_is_absent(house: House) -> None:
    assert clear(house, officer(house), 404).status == 404


def test_a_disagreement_about_who_someone_is_waits_too(house: House) -> None:
    house.drugs.writes(patient())
    house.trust.writes(patient(birthDate="1950-01-01"))
    [waiting] = read(house, officer(house)).waiting
    assert waiting.item.kind == "identity-disagreement"
    assert clear(house, officer(house), waiting.item.id).status == 204
