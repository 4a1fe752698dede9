"""A registered client, as the database holds it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from gateway.auth.requester import Role
from gateway.storage.connection import Connection


@dataclass(frozen=True, slots=True)
class Client:
    """One registration. `organization` is a bare id; either `jwks` or `jwks_url` is set."""

    id: str
    organization: str
    ods: str
    role: Role
    jwks: str | None
    jwks_url: str | None
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    asserts_users: bool

    @property
    def key_mark(self) -> str:
        return key_mark(self.jwks, self.jwks_url)


_FIND = """
SELECT c.id, c.organization, o.ods, c.role, c.jwks, c.jwks_url, c.scopes, c.purposes,
       c.asserts_users
FROM client c JOIN organization o ON o.id = c.organization
WHERE c.id = ? AND c.disabled = 0
"""


def find_client(connection: Connection, client: str) -> Client | None:
    """The client that may ask now: None where it is unknown or disabled."""
    row = connection.execute(_FIND, (client,)).fetchone()
    if row is None:
        return None
    client_id, organization, ods, role, jwks, jwks_url, scopes, purposes, asserts_users = row
    return Client(
        id=client_id,
        organization=organization,
        ods=ods,
        role=Role(role),
        jwks=jwks,
        jwks_url=jwks_url,
        scopes=tuple(scopes.split()),
        purposes=tuple(purposes.split()),
        asserts_users=bool(asserts_users),
    )


@lru_cache(maxsize=1024)
def key_mark(jwks: str | None, jwks_url: str | None) -> str:
    """What changes when a client's registered keys are replaced: tokens carry it, and end by it."""
    return hashlib.blake2b((jwks or jwks_url or "").encode(), digest_size=8).hexdigest()
