"""What each request leaves in the log: one row, whatever its outcome."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from gateway.actions.found import Found
from gateway.audit.entry import Entry, Recorded
from gateway.auth.requester import Requester
from gateway.random_digits import random_digits
from gateway.storage.times import microseconds

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
    "emergency": "E",
    "emergency-ended": "E",
    "queue": "R",
    "queue-cleared": "U",
    "disclosures": "R",
    "disclosure-proposed": "C",
    "disclosure-agreed": "U",
    "disclosure-withdrawn": "U",
    "disclosure-told": "U",
    "disclosure": "R",
    "item-cleared": "U",
    "item-kept-again": "U",
    "asked-again": "U",
    "referral-late": "U",
    "review-near": "U",
}


class Request(NamedTuple):
    """One request as the log knows it: who asks for what, and when."""

    requester: Requester
    interaction: str
    query: str
    now: datetime
    id: str


def event_id(at: datetime, random: str) -> str:
    """The id of a row: a UUID version 7 (RFC 9562) of this moment with the random bits of another
    UUID. Rows of one time then stand together in the index of ids, which tells no more than the
    row's own time does."""
    milliseconds = f"{microseconds(at) // 1_000:012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7{random[15:]}"


def recorded(request: Request, found: Found, policy: str | None = None) -> Recorded:
    """The row for what was found: permitted only where something was released or written."""
    requester, status = request.requester, found.answer.status
    consents = found.consent_set
    shows = status >= 400 and found.answer.about is not None  # refused, with what stands: a read
    interaction = "read" if shows else request.interaction
    outcome = "permitted" if status < 400 or shows else "refused" if status < 500 else "failed"
    entry = Entry(
        id=request.id,
        at=request.now.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        action=ACTIONS[interaction],
        interaction=interaction,
        outcome=outcome,
        organization=requester.organization,
        client=requester.client,
        role=requester.role.value,
        purpose=requester.purpose,
        practitioner=requester.practitioner,
        practitioner_name=requester.practitioner_name,
        reason=requester.reason,
        entities=found.named,
        patients=(requester.patient,) if requester.patient else (),
        policy=policy,
        query=request.query,
        digest=found.digest if outcome == "permitted" else None,
        status=status,
        agreed=found.agreed if outcome == "permitted" else (),
        salt=random_digits(),
        consent_set=consents.digest if consents is not None else "",
    )
    return Recorded(entry, found.persons, consents)
