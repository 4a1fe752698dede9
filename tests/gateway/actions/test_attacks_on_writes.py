"""Writes that a hostile integrator sends: nobody gets more by them than a person allowed."""

from __future__ import annotations

from typing import Any

from callers import MOOD, House, consent, patient, places, referral, score


def asked_of(subject: str, sender: str) -> dict[str, object]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "subject": {"reference": subject},
        "requester": {"reference": sender},
    }


def test_a_delivered_request_is_not_made_one_about_somebody_else(house: House) -> None:
    """B never agreed to anything; A's agreement delivers nothing of B's."""
    a, b = house.trust.writes(patient()), house.trust.writes(patient(1))
    house.housing.writes(patient(1))
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    request, *_ = house.trust.sent(*referral(a, sender, receiver))
    assert house.housing.get(request).status == 200
    held = house.trust.read(request)
    assert house.trust.put(held | {"priority": "urgent"}).status == 200
    assert house.housing.get(request).status == 200
    assert house.trust.put(held | {"subject": {"reference": b}}).status == 200
    assert house.housing.get(request).status == 404


def test_a_request_that_a_task_only_mentions_is_not_delivered(house: House) -> None:
    a, b = house.trust.writes(patient()), house.trust.writes(patient(1))
    house.housing.writes(patient(1))
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    other = house.trust.writes(asked_of(b, sender))
    house.trust.sent(*referral(a, sender, receiver, basedOn=[{"reference": other}]))
    assert house.housing.get(other).status == 404
    assert house.trust.put(house.trust.read(other) | {"priority": "urgent"}).status == 200
    assert house.housing.get(other).status == 404


def test_a_task_that_moves_names_nobody_else(house: House) -> None:
    a, b = house.trust.writes(patient()), house.trust.writes(patient(1))
    house.housing.writes(patient(1))
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    _, task, *_ = house.trust.sent(*referral(a, sender, receiver))
    held = house.trust.read(task)
    over = {"status": "cancelled", "statusReason": {"text": "A mistake."}}
    note = {"note": [{"authorReference": {"reference": b}, "text": "About B."}]}
    assert house.trust.put(held | over | note).status == 422
    assert house.trust.put(held | over).status == 200


def test_a_patch_that_nests_without_end_is_refused(house: House) -> None:
    stored = house.trust.writes(score(house.trust.writes(patient())))
    nests = {"op": "copy", "from": "/code", "path": "/code/code"}
    assert house.trust.patch(stored, *[nests] * 1_000).status == 413
    assert house.trust.patch(stored, nests).status == 400


def test_what_named_one_person_twice_is_about_two_once_they_are_told_apart(house: House) -> None:
    """One of them alone lets nobody see it, and does not see it as their own record."""
    unnumbered = {name: value for name, value in patient().items() if name != "identifier"}
    theirs = house.trust.writes(unnumbered)
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    house.trust.sent(*referral(theirs, sender, receiver))
    [made] = house.housing.finds("Patient", name="Example")
    house.trust.put(house.trust.read(theirs) | {"identifier": patient()["identifier"]})
    again = house.housing.writes(patient())
    both = house.housing.writes(score(again, performer=[{"reference": made}]))
    one, other = house.person(), house.person(1)
    for me in (one, other):
        me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    house.drugs.writes(patient())
    assert house.drugs.get(both).status == one.get(both).status == 200
    house.housing.put(house.housing.read(again) | patient(1))
    house.drugs.writes(patient(2))
    assert house.drugs.get(both).status == 404
    assert one.get(both).status == other.get(both).status == 404
    house.drugs.writes(patient(1))
    assert house.drugs.get(both).status == 200


def test_a_consent_is_no_longer_than_can_be_held_against_every_request(house: House) -> None:
    me = house.person()
    given = consent(me.me, "permit", house.organizations["DA1"])

    def with_provisions(count: int) -> dict[str, Any]:
        code = {"system": "http://loinc.org", "code": MOOD}
        nested = [{"type": "deny", "code": [{"coding": [code]}]}] * count
        return given | {"provision": given["provision"] | {"provision": nested}}

    def with_related(count: int) -> dict[str, Any]:
        named = {"reference": "Observation/00000000-0000-4000-8000-000000000001"}
        data = [{"meaning": "related", "reference": named}] * count
        return given | {"provision": given["provision"] | {"data": data}}

    assert places(me.post(with_provisions(500))) == ["Consent.provision"]
    assert places(me.post(with_related(21))) == ["Consent.provision.data"]
    for right in (with_provisions(499), with_related(20)):
        assert me.post(right).status == 201
