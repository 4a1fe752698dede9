"""What each request leaves in the log: one row, whatever its outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from gateway.actions import logged
from gateway.actions.answer import Answer
from gateway.audit.entry import Entry, Recorded
from gateway.auth.requester import Requester

# FHIR AuditEvent.action for each interaction.
ACTIONS = {
    "read": "R",
    "vread": "R",
    "history-instance": "R",
    "history-type": "E",
    "search-type": "E",
    "create": "C",
    "update": "U",
    "patch": "U",
    "delete": "D",
    "transaction": "E",
    "batch": "E",
    "operation": "E",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the log knows it: who asks for what, and when."""

    requester: Requester
    interaction: str
    query: str
    now: datetime
    id: str


def recorded(
    request: Request,
    answer: Answer,
    *,
    entities: Iterable[str] = (),
    consents: Iterable[str] = (),
    persons: Iterable[bytes] = (),
    policy: str | None = None,
    agreed: Iterable[str] = (),
) -> Recorded:
    """The row for an answer: permitted only where something was released or written."""
    requester = request.requester
    outcome = "permitted" if answer.status < 400 else "refused" if answer.status < 500 else "failed"
    entry = Entry(
        id=request.id,
        at=request.now.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        action=ACTIONS[request.interaction],
        interaction=request.interaction,
        outcome=outcome,
        organization=requester.organization,
        client=requester.client,
        role=requester.role.value,
        purpose=requester.purpose,
        practitioner=requester.practitioner,
        practitioner_name=requester.practitioner_name,
        reason=requester.reason,
        entities=logged.entities(entities),
        patients=(requester.patient,) if requester.patient else (),
        consents=tuple(consents),
        policy=policy,
        query=request.query,
        digest=sha256(answer.body).hexdigest() if outcome == "permitted" else None,
        status=answer.status,
        agreed=tuple(agreed) if outcome == "permitted" else (),
    )
    return Recorded(entry, frozenset(persons))
