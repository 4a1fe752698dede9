"""Whether a referral may be delivered: a push, for treatment, to the service it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from consent.facts import Facts
from consent.predicate import Predicate, holds, some
from consent.request import Request
from gateway.actions.weighing import compiled_for, consents_of
from gateway.actions.writing import Writing
from gateway.storage import identities
from gateway.storage.directory import identifiers_of


class Delivery(Enum):
    """What the person's consents say to delivering a referral."""

    DENIED = "denied"
    PERMITTED = "permitted"
    SILENT = "silent"


def delivery(
    writing: Writing, owner: str, persons: Iterable[bytes], parts: Sequence[Facts]
) -> Delivery:
    """Whether each part may reach the owner, for each person it concerns: a push, for treatment."""
    request = Request(
        recipient=f"Organization/{owner}",
        recipient_aliases=identifiers_of(writing.connection, owner),
        purpose="TREAT",
        action="disclose",
    )
    verdicts = set()
    for person in persons:
        linked = identities.of_persons(writing.connection, [person])
        consents = consents_of(writing.installation, writing.connection, linked)
        predicate = compiled_for(
            writing.installation, writing.connection, consents, request, writing.now
        )
        verdicts |= {_delivery(predicate, part) for part in parts}
    if Delivery.DENIED in verdicts:
        return Delivery.DENIED
    return Delivery.SILENT if Delivery.SILENT in verdicts else Delivery.PERMITTED


def _delivery(predicate: Predicate, part: Facts) -> Delivery:
    if holds(some(predicate.ceiling, predicate.denial), part):
        return Delivery.DENIED
    permitted = holds(some(predicate.permit, predicate.base), part)
    return Delivery.PERMITTED if permitted else Delivery.SILENT
