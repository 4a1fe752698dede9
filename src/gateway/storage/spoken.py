"""What services recorded on a person's spoken word: until when it permits, and whether the person
has said that it is right.

INVARIANT: a row is written only in the transaction of a version of its Consent, so that whatever
holds while the Consents stand still holds here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.storage.connection import Connection
from gateway.storage.times import microseconds, moment_of

PERMITS_FOR = timedelta(days=30)
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Spoken:
    """`until` is the last moment at which it permits while the person has not confirmed it."""

    until: datetime
    is_confirmed: bool


def note(connection: Connection, consent: str, now: datetime, *, may_count: bool = True) -> bool:
    """It counts from now, or not until it is confirmed; once, however often it is changed.
    Whether it was new."""
    until = now + PERMITS_FOR if may_count else NEVER
    added = connection.execute(
        "INSERT INTO spoken(consent, until) VALUES (?,?) ON CONFLICT DO NOTHING",
        (consent, microseconds(until)),
    )
    return added.rowcount == 1


def confirm(connection: Connection, consent: str, now: datetime) -> None:
    """The person said that it is right: it counts as what they wrote themselves."""
    note(connection, consent, now)
    connection.execute(
        "UPDATE spoken SET confirmed = ? WHERE consent = ?", (microseconds(now), consent)
    )


def of(connection: Connection, consent: str) -> Spoken:
    """How a service's Consent stands; one that has not counted yet permits at no time."""
    row = connection.execute(
        "SELECT until, confirmed FROM spoken WHERE consent = ?", (consent,)
    ).fetchone()
    return Spoken(NEVER, False) if row is None else Spoken(moment_of(row[0]), row[1] is not None)
