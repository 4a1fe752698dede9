"""The register of clients: added, listed, disabled, given new keys. In force with the next request.

Nothing is remembered between requests, so what is written here beside a running server counts at
once: a token whose client was disabled, or whose client's keys were replaced, has ended.
"""

from __future__ import annotations

from typing import Any

from gateway.auth.registration import KeySource, Registration
from gateway.storage.connection import Connection

_ADD = """
INSERT INTO client (id, organization, name, role, jwks, jwks_url, scopes, purposes, asserts_users,
                    basis)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LIST = """
SELECT c.id AS client_id, c.name, 'Organization/' || c.organization AS organization, o.ods, c.role,
       c.scopes, c.purposes, c.asserts_users, c.basis, c.jwks_url, c.disabled
FROM client c JOIN organization o ON o.id = c.organization ORDER BY o.ods, c.name, c.id
"""
_LISTS = ("scopes", "purposes")
_CLAIMS = ("asserts_users", "disabled")


def add_client(connection: Connection, client: str, organization: str, asked: Registration) -> None:
    """Write a registration under this id for this organisation (a bare id)."""
    row = (
        client,
        organization,
        asked.name,
        asked.role.value,
        asked.keys.jwks,
        asked.keys.jwks_url,
        " ".join(asked.scopes),
        " ".join(asked.purposes),
        int(asked.asserts_users),
        asked.basis,
    )
    connection.execute(_ADD, row)


def list_clients(connection: Connection) -> list[dict[str, Any]]:
    """Every registration, disabled ones too, without its keys."""
    cursor = connection.execute(_LIST)
    names = [column[0] for column in cursor.description]
    return [_shown(dict(zip(names, row, strict=True))) for row in cursor]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return (
        row
        | {name: row[name].split() for name in _LISTS}
        | {name: bool(row[name]) for name in _CLAIMS}
    )


def disable_client(connection: Connection, client: str) -> bool:
    """End every token of the client and give it no more; False where there is no such client."""
    found = connection.execute("UPDATE client SET disabled = 1 WHERE id = ?", (client,))
    return found.rowcount == 1


def rotate_keys(connection: Connection, client: str, keys: KeySource) -> bool:
    """Put these keys in place of the client's; False where there is no such client."""
    found = connection.execute(
        "UPDATE client SET jwks = ?, jwks_url = ? WHERE id = ?",
        (keys.jwks, keys.jwks_url, client),
    )
    return found.rowcount == 1
