"""A Task moves through its life: by whom, where to, and with what it needs.

A referral is turned down only for a reason that counts, and never without saying where the person
goes next. What the service that was asked may not say no to is raised to the one that sent it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir_profiles import load
from gateway.actions.directory import organization_named
from gateway.actions.moving_task import taken_over
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local
from gateway.storage.resources import Row
from mappings import referral_rules
from mappings.referral_rules import LIFE, Mover

Json = dict[str, Any]
WITHDRAWN = ("cancelled", "entered-in-error")
UNKNOWN_ROUTE = "must be a ServiceRequest or HealthcareService that is held here, and that you see"


def mover(writing: Writing, row: Row, stored: Json, wanted: Json) -> Mover | None:
    """As whom the writer moves a Task; None where it is not theirs to move."""
    owner = organization_named(writing.connection, stored.get("owner", {}))
    is_owner = owner is not None and owner.id == writing.organization
    if row.author != writing.organization:
        return Mover.OWNER if is_owner else None
    if is_owner:
        return Mover.SELF
    sends = (stored["status"], wanted.get("status")) == ("draft", "requested")
    return Mover.SENDER if sends or wanted.get("status") in WITHDRAWN else None


def refused_reason(stored: Json, wanted: Json, by: Mover) -> str | None:
    """The reason for which this referral may not be turned down, where that is what is asked."""
    if by is not Mover.OWNER or not _may_move(stored, wanted, by):
        return None
    return referral_rules.excluded(stored, wanted)


def moved(writing: Writing, stored: Json, seen: Json, wanted: Json, by: Mover) -> Json | Refused:
    """The stored Task with the move made, or everything that is wrong with it."""
    return taken_over(stored, seen, wanted, [*_wrong(writing, stored, wanted, by)], LIFE)


def _wrong(writing: Writing, stored: Json, wanted: Json, by: Mover) -> Iterator[Problem]:
    if not _may_move(stored, wanted, by):
        choices = ", ".join(referral_rules.allowed(stored["status"], by)) or "nothing further"
        text = f"cannot move from {stored['status']} to this status; allowed: {choices}"
        yield Problem(Kind.RULE, text, "Task.status")
        return
    if refused_reason(stored, wanted, by) is not None:
        yield Problem(Kind.RULE, load(LIFE)["words"]["no-wrong-door"], "Task.statusReason")
        return
    if wanted["status"] != stored["status"]:
        for element, words in referral_rules.needs(stored, wanted, by):
            yield Problem(Kind.RULE, words, element)
    yield from _unknown_routes(writing, stored, wanted)


def _may_move(stored: Json, wanted: Json, by: Mover) -> bool:
    before, after = stored["status"], wanted.get("status")
    return after == before or after in referral_rules.allowed(before, by)


def _unknown_routes(writing: Writing, stored: Json, wanted: Json) -> Iterator[Problem]:
    """Routes that lead nowhere: a record here that is not held, or that the writer does not see."""
    if not referral_rules.is_referral(stored) or wanted.get("status") != "rejected":
        return
    for place, reference in referral_rules.onward(wanted):
        literal = reference.get("reference", "")
        if local(literal) is not None and writing.sees(literal) is None:
            yield Problem(Kind.RULE, UNKNOWN_ROUTE, f"Task.output[{place}].valueReference")
