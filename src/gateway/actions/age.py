"""How old someone is, as their Patient says: only whether they decide for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.resources import Resources

DECIDES_AT = 16  # years: who is sixteen or seventeen decides like anyone older
_LONDON = ZoneInfo("Europe/London")
_LAST_DAY = "-12-31"  # of a birth date that is a year: they may be as young as it allows


def is_under_sixteen(
    connection: Connection, resources: Resources, patient: str, now: datetime
) -> bool:
    """Whether the person of "Patient/<id>" may be under sixteen today, in London: whose birth date
    is not known may be of any age."""
    born = _birth_date(connection, resources, patient.removeprefix("Patient/"))
    if not born:
        return True
    latest = born + _LAST_DAY[-(10 - len(born)) :] if len(born) < len("2010-05-03") else born
    sixteenth = f"{int(latest[:4]) + DECIDES_AT:04}{latest[4:]}"
    return now.astimezone(_LONDON).strftime("%Y-%m-%d") < sixteenth


def _birth_date(connection: Connection, resources: Resources, patient: str) -> str:
    row = searching.current(connection, "Patient", patient)
    if row is None:
        return ""
    content: dict[str, Any] = msgspec.json.decode(b"{" + resources.opened(row).rest + b"}")
    return str(content.get("birthDate", ""))
