"""An organisation without a current sharing agreement is no recipient."""

from __future__ import annotations

from callers import House, consent, patient, referral, score

from gateway.storage.times import microseconds

MADE_UP = "Organization/123e4567-e89b-42d3-a456-426614174000"


def _ends_agreement(house: House, ods: str) -> None:
    now = microseconds(house.clock())
    house.change("UPDATE organization SET agreement_to = ? WHERE ods = ?", now, ods)


def test_a_permit_releases_nothing_once_the_agreement_is_over(house: House) -> None:
    held = house.trust.writes(score(house.trust.writes(patient())))
    mine = house.drugs.writes(score(house.drugs.writes(patient())))
    person = house.person()
    person.writes(consent(person.me, "permit", house.organizations["DA1"]))
    assert house.drugs.get(held).status == 200
    _ends_agreement(house, "DA1")
    assert house.drugs.get(held).status == 404
    assert house.drugs.get(mine).status == 200


def test_a_closed_service_and_an_unknown_one_are_answered_alike(house: House) -> None:
    at_trust, sender = house.trust.writes(patient()), house.organizations["RX1"]
    drugs = house.organizations["DA1"]
    assert house.trust.transact(*referral(at_trust, sender, drugs)).status == 200
    _ends_agreement(house, "DA1")
    closed = house.trust.transact(*referral(at_trust, sender, drugs))
    unknown = house.trust.transact(*referral(at_trust, sender, MADE_UP))
    assert (closed.status, closed.body) == (422, unknown.body)
