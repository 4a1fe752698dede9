"""Who a request comes from: the bearer token, held against the register as it is now."""

from __future__ import annotations

from dataclasses import replace

from gateway.auth import access_token
from gateway.auth.access_token import Granted
from gateway.auth.authority import Authority
from gateway.auth.client import key_mark
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem
from gateway.storage.emergencies import IN_FORCE
from gateway.storage.times import microseconds

# INVARIANT: missing, malformed, forged, ended, revoked and disabled are answered alike.
NO_VALID_TOKEN = Problem(
    Kind.TOKEN, "Send a valid access token in the header Authorization: Bearer <token>."
)

# One point read: the client as it is now, and whether the token was revoked.
_STANDING = """
SELECT jwks, jwks_url FROM client WHERE id = ? AND disabled = 0
AND NOT EXISTS (SELECT 1 FROM revoked_token WHERE token = ?)
"""


async def authenticate(authority: Authority, authorization: str | None) -> Requester | Problem:
    """The requester whose valid token this Authorization header carries, or the one refusal."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        return NO_VALID_TOKEN
    granted = await valid(authority, token.strip(" "))
    return NO_VALID_TOKEN if granted is None else granted.requester


async def valid(authority: Authority, token: str) -> Granted | None:
    """What the token grants now; None where it ended, was revoked, or its client or keys did."""
    if not token.isascii() or len(token) > access_token.LONGEST:
        return None
    granted = access_token.read(token, authority.keys.token, authority.base_url)
    if granted is None or authority.clock().timestamp() >= granted.expires:
        return None
    asker = granted.requester
    named = (asker.client, asker.token)
    row = await authority.reading.row(_STANDING, named)
    if row is None or key_mark(*row) != granted.key_mark:
        return None
    return await _in_force(authority, granted) if asker.in_emergency else granted


async def _in_force(authority: Authority, granted: Granted) -> Granted | None:
    """The same with its reason, while the emergency lasts: an officer may end it at any time."""
    asker, now = granted.requester, microseconds(authority.clock())
    named = (asker.emergency, now, asker.patient, asker.practitioner)
    row = await authority.reading.row(IN_FORCE, named)
    return None if row is None else replace(granted, requester=replace(asker, reason=row[0]))
