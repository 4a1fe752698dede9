"""Practitioners who look in an emergency, as the token endpoint lets them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from callers import Caller, House

from gateway.actions.answer import Answer
from gateway.auth.access_token import Granted, sign
from gateway.auth.bearer import authenticate
from gateway.auth.client import key_mark
from gateway.auth.requester import Requester

SDS = "https://fhir.nhs.uk/Id/sds-user-id|"
DOCTOR, NURSE = f"{SDS}555000111", f"{SDS}555000222"
WHY = "Found unconscious at home"
JWKS = '{"keys": []}'


def granted(
    house: House, ods: str, patient: str, who: str = DOCTOR, why: str = WHY, purpose: str = "BTG"
) -> Granted | Answer:
    """What a client that asks for an emergency token is given, or told."""
    asker = replace(
        house.requester(ods),
        purpose=purpose,
        patient=patient,
        practitioner=who,
        practitioner_name="Dr Example",
        reason=why,
        token=f"token-{house.now.isoformat()}",
    )
    now = int(house.clock().timestamp())
    asked = Granted(asker, now, now + 300, key_mark(JWKS, None))
    return asyncio.run(house.gateway.begin_emergency(asked))


def breaks(house: House, ods: str, patient: str, who: str = DOCTOR, why: str = WHY) -> Caller:
    """The same, speaking to the gateway."""
    begun = granted(house, ods, patient, who, why)
    assert isinstance(begun, Granted), begun
    return Caller(house, begun.requester)


def registered(house: House, ods: str) -> None:
    """A client of the organisation, so that its tokens hold."""
    organization = house.organizations[ods].partition("/")[2]
    house.change(
        "INSERT INTO client (id, organization, name, role, jwks, scopes, purposes)"
        " VALUES (?, ?, ?, 'service', ?, '', '')",
        f"service-{ods}",
        organization,
        ods,
        JWKS,
    )


def who_is(house: House, held: Granted) -> Requester | None:
    """Whom the token stands for now; None where it holds no more."""
    text = sign(held, house.gateway.keys.token, house.gateway.base_url)
    found = asyncio.run(authenticate(house.gateway, f"Bearer {text}"))
    return found if isinstance(found, Requester) else None


def officer(house: House, name: str = "A. Officer") -> Requester:
    """An officer who signed in to the pages."""
    return house.gateway.officer_requester(name)
