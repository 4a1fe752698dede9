"""Writes that a hostile integrator sends: nobody gets more by them than a person allowed."""

from __future__ import annotations

from callers import House, patient, referral, score


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
