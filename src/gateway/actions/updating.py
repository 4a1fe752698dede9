"""Changing what stands: a Consent by who gave it, a referral's Task by its owner."""

from __future__ import annotations

from typing import Any

from gateway.actions import consenting, referring
from gateway.actions.gate import Gate
from gateway.actions.looking import ABSENT
from gateway.actions.releasing import Released
from gateway.actions.writing import Writing
from gateway.auth.requester import Role
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.storage import searching
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria, Page

NOT_YOURS = "may be changed only by the organisation that wrote it"


def update(writing: Writing, resource: dict[str, Any], if_match: str | None) -> Released | Refused:
    """The new version as the writer sees it. Invisible: 404; visible but not theirs: 403."""
    gate = Gate(writing.installation, writing.connection, writing.requester, writing.now)
    type_, id_ = resource["resourceType"], resource["id"]
    writing.entities.append(f"{type_}/{id_}")
    criteria = Criteria(type_, ids=(id_,))
    sight = gate.sight(criteria)
    writing.consents.extend(sight.consents)
    writing.persons.update(sight.persons)
    rows = searching.rows(writing.connection, criteria, sight.visible, Page(None, 1))
    seen = gate.released(rows, sight)
    if not seen:
        return Refused((ABSENT,))
    if if_match is not None and _named(if_match) not in ("*", seen[0].version):
        text = "is not the current version; read it again and repeat the change on that"
        return refuse(Kind.VERSION, text, "If-Match")
    changed = _changed(writing, rows[0], seen[0], resource)
    if isinstance(changed, Refused):
        return changed
    after = gate.sight(criteria)
    return gate.released([changed], after)[0]


def _named(if_match: str) -> str:
    """The version that an If-Match header names; weak or not says nothing about a version."""
    return if_match.strip().removeprefix("W/").strip('"')


def _changed(writing: Writing, row: Row, seen: Released, resource: dict[str, Any]) -> Row | Refused:
    mine = row.author == writing.organization
    match row.type:
        case "Consent":
            said_themselves = row.author_role == Role.PORTAL.value
            if writing.requester.role is not Role.PORTAL and (said_themselves or not mine):
                return refuse(Kind.FORBIDDEN, NOT_YOURS, "Consent")
            return consenting.change(writing, row, resource)
        case "Task":
            return referring.move(writing, row, seen, resource)
    if not mine:
        return refuse(Kind.FORBIDDEN, NOT_YOURS, row.type)
    return refuse(Kind.METHOD, "this type is not updated here", row.type)
