"""What the gate holds to besides consent: agreements, whose Patient is meant, what is pending."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from callers import House, body_of, consent, patient, score
from plans import Shared, activity, codes, plan

from gateway.actions.gate import Gate, TooLongError
from gateway.actions.weighing import changing
from gateway.auth.requester import Requester
from gateway.storage.connection import Connection
from gateway.storage.times import microseconds

Json = dict[str, Any]


def _ends_agreement(house: House, ods: str) -> None:
    now = microseconds(house.clock())
    house.change("UPDATE organization SET agreement_to = ? WHERE ods = ?", now, ods)


def test_no_part_of_a_plan_is_seen_once_the_agreement_is_over(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    written = house.trust.writes(plan(shared.at_trust, activity("alcohol")))
    address = f"{written}/_history"
    assert len(codes(house.drugs.read(written))) == len(house.drugs.history(address)) == 1
    _ends_agreement(house, "DA1")
    assert house.drugs.get(written).status == house.drugs.look(address).status == 404
    assert house.drugs.finds("CarePlan", patient=shared.at_drugs) == []
    assert codes(house.trust.read(written)) != []


def test_each_person_in_one_answer_has_the_patient_of_whoever_asks(house: House) -> None:
    at_trust, at_drugs = [], []
    for number in range(2):
        me = house.person(number)
        me.writes(consent(me.me, "permit", house.organizations["DA1"]))
        at_trust.append(house.trust.writes(patient(number)))
        at_drugs.append(house.drugs.writes(patient(number)))
    relative = house.trust.writes(score(at_trust[1]))
    own = score(at_trust[0], derivedFrom=[{"reference": relative}])
    first = house.trust.writes(own)
    answer = house.drugs.ask(
        "Observation", ("patient", at_drugs[0]), ("_include", "Observation:derived-from")
    )
    found = {_name(each): each["subject"]["reference"] for each in _resources(answer)}
    assert found == {first: at_drugs[0], relative: at_drugs[1]}
    alike = house.trust.ask(
        "Observation", ("patient", at_trust[0]), ("_include", "Observation:derived-from")
    )
    assert {each["subject"]["reference"] for each in _resources(alike)} == set(at_trust)


def _resources(answer: Any) -> list[Json]:
    assert answer.status == 200, answer.body
    return [each["resource"] for each in body_of(answer)["entry"]]


def _name(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def test_somebody_whom_no_service_knows_reads_their_own_history(house: House) -> None:
    me, other = house.person(), house.person(1)
    mine = me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    other.writes(consent(other.me, "permit", house.organizations["DA1"]))
    told = me.history("Consent/_history")
    assert [_name(each["resource"]) for each in told] == [mine]
    assert [_name(each["resource"]) for each in me.history("Patient/_history")] == [me.me]


def test_versions_are_counted_from_one(house: House) -> None:
    written = house.trust.writes(score(house.trust.writes(patient())))
    counted = "SELECT version FROM resource WHERE type = 'Observation'"
    assert house.held(counted) == [(1,)]
    changed = house.trust.read(written) | {"status": "amended"}
    assert house.trust.put(changed).status == 200
    assert house.held(counted) == [(2,)]


def test_a_record_about_two_people_depends_on_them_and_on_nobody_else(house: House) -> None:
    people = [house.person(number) for number in range(3)]
    at_trust = [house.trust.writes(patient(number)) for number in range(3)]
    for number, me in enumerate(people):
        house.drugs.writes(patient(number))
        kind = "deny" if number == 2 else "permit"
        me.writes(consent(me.me, kind, house.organizations["DA1"]))
    both = house.trust.writes(score(at_trust[0], focus=[{"reference": at_trust[1]}]))
    other = house.trust.writes(score(at_trust[2]))
    asked = ",".join(each.partition("/")[2] for each in (both, other))
    assert house.drugs.finds("Observation", _id=asked) == [both]
    second = people[1]
    second.writes(consent(second.me, "deny", house.organizations["DA1"]))
    assert house.drugs.finds("Observation", _id=asked) == []


def test_who_is_not_in_the_directory_has_no_agreement_that_begins_or_ends(house: House) -> None:
    stranger = replace(house.drugs.who, organization="Organization/never-was")
    reading = house.gateway.reading
    for who, expected in ((stranger, 0), (house.drugs.who, 1)):
        look = partial(_changes, who=who, now=house.now)
        assert len(asyncio.run(reading.look(look))) == expected


def _changes(connection: Connection, who: Requester, now: datetime) -> frozenset[datetime]:
    return changing(connection, [], who, now)


def test_nothing_more_is_looked_at_once_nobody_waits_for_it(house: House) -> None:
    def look(connection: Connection) -> None:
        here, who = house.gateway.installation, house.drugs.who
        Gate(here, connection, who, house.now).in_time()
        with pytest.raises(TooLongError):
            Gate(here, connection, who, house.now, until=0.0).in_time()

    asyncio.run(house.gateway.reading.look(look))


def test_what_may_yet_be_taken_back_is_not_kept(house: House) -> None:
    stored = house.trust.writes(score(house.trust.writes(patient())))

    def look(connection: Connection) -> None:
        here, who = house.gateway.installation, house.drugs.who
        gates = (
            Gate(here, connection, who, house.now),
            Gate(here, connection, who, house.now, committed=True),
        )
        for gate in gates:
            assert gate.row(*stored.split("/")) is None
        assert [gate.footing() is None for gate in gates] == [True, False]

    asyncio.run(house.gateway.reading.look(look))
