"""Which of a person's Consents others wrote for them: for the person's pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.auth.requester import Requester
from gateway.storage.times import moment_of

_WRITTEN = """
SELECT DISTINCT r.id, r.author_role, r.author, s.until, s.confirmed
FROM identity mine JOIN identity same ON same.person = mine.person
JOIN concern c ON c.identity = same.id AND c.type = 'Consent' AND c.element = 'patient'
JOIN resource r ON r.rid = c.rid
LEFT JOIN spoken s ON s.consent = r.id LEFT JOIN delegated d ON d.consent = r.id
WHERE mine.patient = ? AND mine.organization = ? AND r.deleted = 0
AND (r.author_role = 'service' OR d.consent IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class WrittenFor:
    """By a service ("Organization/<id>") on the person's spoken word, or by a delegate (None).

    `until` is the last moment at which a service's yes counts without the person's; None where it
    does not count without.
    """

    service: str | None
    until: datetime | None
    is_confirmed: bool


async def written_for(installation: Installation, requester: Requester) -> dict[str, WrittenFor]:
    """By the Consent's id; the Consents themselves the person reads like any other."""
    patient = (requester.patient or "").removeprefix("Patient/")
    values = (patient, organization_id(requester))
    rows = await installation.reading.look(
        lambda connection: connection.execute(_WRITTEN, values).fetchall()
    )
    return {
        id_: WrittenFor(
            service=f"Organization/{author}" if role == "service" else None,
            until=None if not until else moment_of(until),
            is_confirmed=confirmed is not None,
        )
        for id_, role, author, until, confirmed in rows
    }
