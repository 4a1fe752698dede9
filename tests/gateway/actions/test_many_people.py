"""One request about many people is many decisions: each as if it had been asked alone."""

from __future__ import annotations

import time

import pytest
from callers import NHS, House, body_of, consent, entry, patient, referral, score

from gateway.actions.sighting import FEW

PEOPLE = 12


def _numbers() -> list[str]:
    """NHS numbers of the 999 range."""
    made = []
    for serial in range(200_000, 200_000 + 2 * PEOPLE):
        digits = f"999{serial:06d}"
        weights = zip(digits, range(10, 1, -1), strict=True)
        check = (11 - sum(int(digit) * weight for digit, weight in weights) % 11) % 11
        made += [f"{digits}{check}"] if check != 10 else []
    return made[:PEOPLE]


def _known_as(number: str) -> dict[str, object]:
    return patient(identifier=[{"system": NHS, "value": number}])


def test_each_of_many_people_decides_for_themselves(house: House) -> None:
    scores = []
    treatment = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]
    for place, number in enumerate(_numbers()):
        theirs = house.trust.writes(_known_as(number))
        scores.append(house.trust.writes(score(theirs)))
        if place % 4 != 3:
            house.drugs.writes(_known_as(number))
        me = house.registers(_known_as(number))
        if place % 2 == 0:
            me.writes(consent(me.me, "permit", house.organizations["DA1"], purpose=treatment))
        if place % 6 == 0:
            me.writes(consent(me.me, "deny", house.organizations["DA1"]))
    asked = ",".join(each.partition("/")[2] for each in scores)
    together = house.drugs.finds("Observation", _id=asked)
    alone = [each for each in scores if house.drugs.get(each).status == 200]
    assert sorted(together) == sorted(alone)
    assert len(alone) == 4
    counted = body_of(house.drugs.ask("Observation", _id=asked, _summary="count"))
    assert counted["total"] == 4
    assert len(house.trust.finds("Observation", _id=asked)) == PEOPLE


@pytest.mark.parametrize("count", [FEW - 1, FEW, FEW + 1])
def test_what_is_worked_out_for_one_type_says_nothing_of_another(house: House, count: int) -> None:
    """Around the number of persons from which each one's rows are asked for by themselves."""
    kept: dict[str, list[str]] = {"Observation": [], "Condition": []}
    at_drugs: list[str] = []
    for place, number in enumerate(_numbers()[:count]):
        theirs = house.trust.writes(_known_as(number))
        at_drugs.append(house.drugs.writes(_known_as(number)))
        me = house.registers(_known_as(number))
        me.writes(consent(me.me, "permit", house.organizations["DA1"]))
        type_ = "Observation" if place % 2 else "Condition"
        classes = [{"system": "http://hl7.org/fhir/resource-types", "code": type_}]
        me.writes(consent(me.me, "deny", house.organizations["DA1"], **{"class": classes}))
        for each in (score(theirs), _condition(theirs)):
            written = house.trust.writes(each)
            if each["resourceType"] != type_:
                kept[each["resourceType"]].append(written)
    for type_ in ("Observation", "Condition", "Observation"):
        assert sorted(house.drugs.finds(type_, patient=",".join(at_drugs))) == sorted(
            kept[type_]
        ), type_


def _condition(subject: str) -> dict[str, object]:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "75544000"}]}
    return {"resourceType": "Condition", "code": code, "subject": {"reference": subject}}


def test_the_log_names_everyone_whose_record_a_search_released(house: House) -> None:
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    people = [house.trust.writes(_known_as(number)) for number in _numbers()[:3]]
    for each in people:
        house.trust.sent(*referral(each, sender, receiver))
    for who in (house.trust, house.housing):
        before = [_found(house, each) for each in people]
        assert len(who.finds("Task", owner=receiver)) == len(people)
        assert [_found(house, each) for each in people] == [count + 1 for count in before]


def _found(house: House, person: str) -> int:
    return int(body_of(house.officer.ask("AuditEvent", patient=person, _summary="count"))["total"])


def test_tasks_of_many_people_are_found_in_time(house: House) -> None:
    """Once each row was held against the consents of everybody: minutes for a year's referrals."""
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    entries = []
    for place in range(200):
        one = f"urn:uuid:00000000-0000-4000-8000-{place:012d}"
        entries += [entry({"resourceType": "Patient"}, one), *referral(one, sender, receiver)]
    house.trust.sent(*entries)
    begun = time.monotonic()
    assert body_of(house.housing.ask("Task", owner=receiver))["total"] == 200
    assert body_of(house.drugs.ask("Task", owner=receiver))["total"] == 0
    assert time.monotonic() - begun < 5


def test_what_concerns_two_asks_nothing_of_a_third_who_is_asked_for_too(house: House) -> None:
    at_trust, at_drugs = [], []
    for number in range(3):
        at_trust.append(house.trust.writes(patient(number)))
        at_drugs.append(house.drugs.writes(patient(number)))
        me = house.person(number)
        kind = "deny" if number == 2 else "permit"
        me.writes(consent(me.me, kind, house.organizations["DA1"]))
    first, second, third = at_trust
    both = house.trust.writes(score(first, focus=[{"reference": second}]))
    kept = house.trust.writes(score(third))
    asked = ",".join(each.partition("/")[2] for each in (both, kept))
    assert house.drugs.finds("Observation", _id=asked) == [both]
    assert house.drugs.finds("Observation", patient=f"{at_drugs[0]},{at_drugs[2]}") == [both]
