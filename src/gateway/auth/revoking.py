"""Ending a token before its time."""

from __future__ import annotations

from gateway.auth.access_token import Granted
from gateway.auth.authority import Authority
from gateway.storage.connection import Connection
from gateway.storage.writer import Written

PRUNED = 16  # of the oldest rows that are looked at with each new one


async def revoke(authority: Authority, granted: Granted) -> None:
    """End the token: durable when this returns, and from the next request on."""
    now = int(authority.clock().timestamp() * 1_000_000)
    token, expires = granted.requester.token, granted.expires * 1_000_000

    def end(connection: Connection) -> Written:
        connection.execute(_PRUNE, (now, PRUNED))
        connection.execute(_REVOKE, (token, expires))
        return Written(None)

    await authority.writer.submit(end)


_PRUNE = """
DELETE FROM revoked_token WHERE token IN
(SELECT token FROM revoked_token WHERE expires < ? ORDER BY expires LIMIT ?)
"""
_REVOKE = "INSERT INTO revoked_token (token, expires) VALUES (?, ?) ON CONFLICT DO NOTHING"
