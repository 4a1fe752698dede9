"""Which organisations received what about a person that others wrote, by what the log says.

Organisations by their bare ids. Nothing here depends on how often anybody looked.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import Sql, sql_and, sql_not, sql_or

_RECIPIENTS = """
SELECT DISTINCT g.organization FROM concern c JOIN resource r ON r.rid = c.rid
JOIN received g ON g.entity = r.type || '/' || r.id
WHERE c.identity IN {listed} AND g.organization <> r.author
"""
_RECEIVED = """
FROM concern c JOIN resource r ON r.rid = c.rid
JOIN received g ON g.entity = r.type || '/' || r.id AND g.organization = ?
WHERE c.identity IN {listed} AND r.author <> ? AND r.type NOT IN ('Patient', 'Consent')
"""


def recipients(connection: Connection, identities: Sequence[int]) -> list[str]:
    """The organisations that received something about these identities that others wrote."""
    listed = among(tuple(identities))
    rows = connection.execute(_RECIPIENTS.format(listed=listed.text), listed.values)
    return sorted(organization for (organization,) in rows)


def types_received(
    connection: Connection, organization: str, identities: Sequence[int]
) -> dict[str, tuple[str, ...]]:
    """What the organisation received about these identities that others wrote: ids by type."""
    listed = among(tuple(identities))
    text = f"SELECT DISTINCT r.type, r.id {_RECEIVED.format(listed=listed.text)}"
    found: dict[str, tuple[str, ...]] = {}
    for type_, id_ in connection.execute(text, (organization, *listed.values, organization)):
        found[type_] = (*found.get(type_, ()), id_)
    return found


def loses(
    connection: Connection,
    organization: str,
    identities: Sequence[int],
    before: Sequence[Sql],
    after: Sequence[Sql],
) -> bool:
    """Whether something that the organisation received passed one of the conditions before, and
    passes none after."""
    lost = sql_and(sql_or(*before), sql_not(sql_or(*after)))
    return _is_received(connection, organization, identities, lost)


def lacks(
    connection: Connection, organization: str, identities: Sequence[int], now: Sequence[Sql]
) -> bool:
    """Whether something that the organisation received passes none of the conditions now."""
    return _is_received(connection, organization, identities, sql_not(sql_or(*now)))


def _is_received(
    connection: Connection, organization: str, identities: Sequence[int], wanted: Sql
) -> bool:
    listed = among(tuple(identities))
    text = f"SELECT 1 {_RECEIVED.format(listed=listed.text)} AND {wanted.text} LIMIT 1"
    values = (organization, *listed.values, organization, *wanted.values)
    return connection.execute(text, values).fetchone() is not None
