"""Ending a token before its time."""

from __future__ import annotations

import sqlite3

from gateway.auth.access_token import Granted
from gateway.auth.authority import Authority
from gateway.storage.writer import Written

PRUNED = 16  # of the oldest rows that are looked at with each new one


async def revoke(authority: Authority, granted: Granted) -> None:
    """End the token: durable when this returns, and from the next request on."""
    now = int(authority.clock().timestamp() * 1_000_000)
    token, expires = granted.requester.token, granted.expires * 1_000_000

    def end(connection: sqlite3.Connection) -> Written:
        connection.execute(_PRUNE, (PRUNED, now))
        connection.execute(_REVOKE, (token, expires))
        return Written(None)

    await authority.writer.submit(end)


_PRUNE = """
DELETE FROM revoked_token WHERE expires < ?2
AND rowid IN (SELECT rowid FROM revoked_token ORDER BY rowid LIMIT ?1)
"""
_REVOKE = "INSERT INTO revoked_token (token, expires) VALUES (?, ?) ON CONFLICT DO NOTHING"
