"""The one decision to give a token: scopes, purpose, user and person of an authenticated client."""

from __future__ import annotations

import re

from gateway.auth.access_token import LIFE, Granted
from gateway.auth.authority import Authority
from gateway.auth.claims import Claimed, read_claims
from gateway.auth.client import Client
from gateway.auth.client_authentication import Authenticated
from gateway.auth.refusal import OAuthError, Refusal, bad_request
from gateway.auth.requester import Requester
from gateway.auth.scopes import covers, parts
from gateway.storage.connection import Connection

MOST_SCOPES = 256

_PATIENT = re.compile(r"Patient/([A-Za-z0-9.-]{1,64})")
_NOT_YOURS = bad_request(
    "extensions.onestory.patient must be Patient/<id> of a Patient that your organisation created."
)


async def grant(
    authority: Authority, asking: Authenticated, scope: str | None
) -> Granted | Refusal:
    """What the client may be given: all that it asks for, or nothing."""
    client = asking.client
    scopes = _scopes(scope, client)
    if isinstance(scopes, Refusal):
        return scopes
    claimed = read_claims(asking.claims, client)
    if isinstance(claimed, Refusal):
        return claimed
    if not await _may_serve(authority, client, claimed.patient):
        return _NOT_YOURS
    now = int(authority.clock().timestamp())
    requester = _requester(client, claimed, scopes, authority.new_id())
    return Granted(requester, now, now + LIFE, client.key_mark)


def _scopes(scope: str | None, client: Client) -> frozenset[str] | Refusal:
    asked = (scope or "").split()
    if not 0 < len(asked) <= MOST_SCOPES:
        return _bad_scope(f"scope must name 1 to {MOST_SCOPES} scopes, such as system/Patient.rs.")
    for each in asked:
        if parts(each) is None:
            return _bad_scope("scope must be of the form system/<Type or *>.<letters of cruds>.")
        if not covers(client.scopes, each):
            return _bad_scope(f"The client is not registered with {each}.")
    return frozenset(asked)


def _bad_scope(description: str) -> Refusal:
    return Refusal(OAuthError.INVALID_SCOPE, description)


async def _may_serve(authority: Authority, client: Client, patient: str | None) -> bool:
    if patient is None:
        return True
    return await authority.reading.look(lambda now: _owns(now, client, patient))


def _owns(reader: Connection, client: Client, patient: str) -> bool:
    match = _PATIENT.fullmatch(patient)
    if match is None:
        return False
    found = reader.execute(
        "SELECT 1 FROM identity WHERE patient = ? AND organization = ?",
        (match[1], client.organization),
    )
    return found.fetchone() is not None


def _requester(client: Client, claimed: Claimed, scopes: frozenset[str], token: str) -> Requester:
    return Requester(
        client=client.id,
        organization=f"Organization/{client.organization}",
        ods=client.ods,
        role=client.role,
        purpose=claimed.purpose,
        scopes=scopes,
        token=token,
        practitioner=claimed.practitioner,
        practitioner_name=claimed.practitioner_name,
        practitioner_role=claimed.practitioner_role,
        patient=claimed.patient,
        reason=claimed.reason,
    )
