"""What the log may not tell the person whom it is about: that something is kept from them.

The ceiling, and what concerns others too, are left out of their own reading without trace. So is
what was done with it: an entry that names nothing else is absent, in any other it is not named.
"""

from __future__ import annotations

import json

from gateway.actions.gate import Gate
from gateway.storage import identities
from gateway.storage.predicate_sql import ALWAYS, Sql

_KEPT = (
    "SELECT DISTINCT r.type, r.id FROM identity me JOIN concern c ON c.identity = me.id"
    " JOIN resource r ON r.rid = c.rid"
    " WHERE me.person = ? AND r.type <> 'Patient' AND (r.several = 1 OR r.ceiling = 1)"
)
_LISTED = "(SELECT value FROM json_each(?))"


def kept_from_person(gate: Gate) -> frozenset[str]:
    """What is held about the person whom a portal's token serves, and is not theirs to read."""
    patient = (gate.requester.patient or "").partition("/")[2]
    me = identities.by_patient(gate.connection, patient)
    if me is None:
        return frozenset()
    found = gate.connection.execute(_KEPT, (me.person,))
    return frozenset(f"{type_}/{id_}" for type_, id_ in found)


def tells_of_more(kept: frozenset[str], entry: str) -> Sql:
    """True of the log's rows that name anything besides what is kept, or name nothing.

    `entry` is the row's entry as an SQL text.
    """
    if not kept:
        return ALWAYS
    named = f"SELECT 1 FROM json_each({entry}, '$.entities') named WHERE named.value"
    listed = json.dumps(sorted(kept))
    return Sql(
        f"(NOT EXISTS ({named} IN {_LISTED}) OR EXISTS ({named} NOT LIKE 'Patient/%'"
        f" AND named.value NOT IN {_LISTED}))",
        (listed, listed),
    )
