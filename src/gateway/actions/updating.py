"""Changing what stands: by the organisation that wrote it; a referral's Task by its owner; a care
plan by its team."""

from __future__ import annotations

from typing import Any

from gateway.actions import (
    alerting,
    answers,
    consenting,
    correcting,
    creating,
    meeting,
    referring,
    registering,
)
from gateway.actions.held import NOT_YOURS, Held, held, seen_now
from gateway.actions.named_recipients import misnamed
from gateway.actions.raising import raised
from gateway.actions.releasing import Released, told_labels, whole
from gateway.actions.writing import Writing
from gateway.auth.requester import Role
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.storage.resources import Row


def update(writing: Writing, resource: dict[str, Any], if_match: str | None) -> Released | Refused:
    """The new version as the writer sees it. Invisible: 404; visible but not theirs: 403.

    What changes nothing that is stored makes no version.
    """
    found = held(writing, resource["resourceType"], resource["id"], if_match)
    if isinstance(found, Refused):
        return meeting.met(writing, found, if_match, lambda _: resource)
    unread = meeting.unread(writing, found, resource) if if_match is None else None
    if unread is not None:
        return unread
    return replaced(writing, found, resource)


def replaced(writing: Writing, found: Held, resource: dict[str, Any]) -> Released | Refused:
    """What is held, replaced by what was sent, as the writer sees it then."""
    changed = _changed(writing, found, resource)
    return changed if isinstance(changed, Refused) else seen_now(writing.gate, changed)


def _changed(writing: Writing, found: Held, sent: dict[str, Any]) -> Row | Refused:
    row = found.row
    mine = row.author == writing.organization
    stored = whole(row, writing.installation.resources.opened(row))
    told = told_labels(row, writing.installation.resources.labelling)
    resource = raised(told, stored, sent)
    match row.type:
        case "Consent":
            said_themselves = row.author_role == Role.PORTAL.value
            if writing.requester.role is not Role.PORTAL and (said_themselves or not mine):
                return refuse(Kind.FORBIDDEN, NOT_YOURS, "Consent")
            wrong = misnamed(writing.connection, resource)
            if wrong:
                return Refused(tuple(wrong))
            return consenting.change(writing, found, resource)
        case "Task":
            return referring.move(writing, row, resource)
        case "CarePlan" if not mine:
            return correcting.correct(writing, row, sent)
    if not mine:
        return refuse(Kind.FORBIDDEN, NOT_YOURS, row.type)
    no = creating.refusal(writing, resource)
    return no or _rewritten(writing, row, stored, resource)


def _rewritten(
    writing: Writing, row: Row, stored: dict[str, Any], resource: dict[str, Any]
) -> Row | Refused:
    """The author's own resource in its new words, with what its type asks for besides."""
    match row.type:
        case "Patient":
            return registering.correct(writing, row, stored, resource)
        case "QuestionnaireResponse" | "Observation":
            wrong = answers.wrong(writing, resource)
            if wrong is not None:
                return wrong
    changed = writing.change(row, resource)
    if row.type == "CarePlan" and isinstance(changed, Row):
        correcting.carry(writing, row, resource, changed)
    if row.type == "QuestionnaireResponse" and isinstance(changed, Row):
        writing.notes += answers.outdated(writing, resource)
        return alerting.raise_for(writing, resource, stored) or changed
    return changed
