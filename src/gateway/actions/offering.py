"""Which registered organisations a person has nothing to choose about."""

from __future__ import annotations

from gateway.actions.installation import Installation
from gateway.storage.connection import Connection

_NO_SERVICE = """
SELECT organization FROM client GROUP BY organization
HAVING sum(CASE WHEN role = 'service' THEN 1 ELSE 0 END) = 0
"""


async def never_recipients(installation: Installation) -> frozenset[str]:
    """Organisations ("Organization/<id>") registered as portals or officers alone, and the pages'.

    An organisation that has no client yet may have one tomorrow: a choice about it is a choice.
    """
    return await installation.reading.look(lambda now: no_services(now, installation.portal))


def no_services(connection: Connection, portal: str) -> frozenset[str]:
    """The same in a snapshot that is open already; `portal` is the id of the pages' own."""
    rows = connection.execute(_NO_SERVICE).fetchall()
    return frozenset(f"Organization/{id_}" for (id_,) in rows) | {f"Organization/{portal}"}
