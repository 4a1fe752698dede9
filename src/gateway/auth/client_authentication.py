"""Who a form comes from: private_key_jwt, each assertion good for one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.auth.assertion import Assertion, is_signed_by, read_assertion
from gateway.auth.authority import Authority
from gateway.auth.client import Client, find_client
from gateway.auth.key_set import PublicKey, Unfit, choose, registered_keys
from gateway.auth.published import PublishedKeys
from gateway.auth.refusal import NOT_AUTHENTICATED, Refusal, bad_assertion, bad_request
from gateway.storage.connection import Connection
from gateway.storage.writer import Written

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEPT_LONGER = 60  # seconds that a used assertion is remembered beyond its end
PRUNED = 16  # of the oldest rows that are looked at with each new one


@dataclass(frozen=True, slots=True)
class Authenticated:
    client: Client
    claims: Mapping[str, Any]


async def authenticate_client(
    authority: Authority,
    published: PublishedKeys,
    form: Mapping[str, str],
    audiences: frozenset[str],
) -> Authenticated | Refusal:
    """The client whose fresh, signed assertion is in the form."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return bad_request(f"client_assertion_type must be {ASSERTION_TYPE}.")
    compact = form.get("client_assertion")
    if compact is None:
        return bad_assertion("client_assertion is required: a JWT signed by the client.")
    assertion = read_assertion(compact, audiences, authority.clock().timestamp())
    if isinstance(assertion, Refusal):
        return assertion
    if form.get("client_id", assertion.client) != assertion.client:
        return bad_assertion("client_id, where given, must equal iss and sub.")
    client = await authority.reading.look(lambda now: find_client(now, assertion.client))
    if client is None or not await _is_from(client, published, assertion):
        return NOT_AUTHENTICATED
    if not await _is_first_use(authority, assertion):
        return NOT_AUTHENTICATED
    return Authenticated(client, assertion.claims)


async def _is_from(client: Client, published: PublishedKeys, assertion: Assertion) -> bool:
    if assertion.jku is not None and assertion.jku != client.jwks_url:
        return False
    key = await _key(client, published, assertion)
    return key is not None and is_signed_by(assertion, key)


async def _key(client: Client, published: PublishedKeys, assertion: Assertion) -> PublicKey | None:
    if client.jwks_url is not None:
        return await published.key(client.jwks_url, assertion.kid, assertion.alg)
    keys = registered_keys(client.jwks or "")
    return None if isinstance(keys, Unfit) else choose(keys, assertion.kid, assertion.alg)


async def _is_first_use(authority: Authority, assertion: Assertion) -> bool:
    """Remember the assertion durably; False where it was used before."""
    expires = int((assertion.expires + KEPT_LONGER) * 1_000_000)
    now = int(authority.clock().timestamp() * 1_000_000)

    def use(connection: Connection) -> Written:
        connection.execute(_PRUNE, (now, PRUNED))
        added = connection.execute(_USE, (assertion.client, assertion.jti, expires))
        return Written(added.rowcount == 1)

    return bool(await authority.writer.submit(use))


_PRUNE = """
DELETE FROM used_assertion WHERE (client, jti) IN
(SELECT client, jti FROM used_assertion WHERE expires < ? ORDER BY expires LIMIT ?)
"""
_USE = "INSERT INTO used_assertion (client, jti, expires) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
