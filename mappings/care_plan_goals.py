"""Goals and needs, both ways: what the person wants first, then what they need help with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings import parties
from mappings.care_plan_codes import GOAL_CATEGORY, NEED, code_of, concept
from mappings.care_plan_columns import slots
from mappings.care_plan_held import NO_COLUMN, Held, text_of
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.systems import SNOMED
from mappings.verdict import Entry

CONDITION_ACTIVE = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    ]
}
LIFECYCLE = {
    "draft": "proposed",
    "active": "active",
    "on-hold": "on-hold",
    "completed": "completed",
    "revoked": "cancelled",
}
CATEGORIES = {"physical_activity": "behavioral", "diet": "dietary"}


def goals(making: Making) -> Iterator[Entry]:
    """A Goal for each goal, the person's own named as theirs."""
    for column in slots("goal_#"):
        if text := making.text(column):
            yield making.entry("Goal", column, _goal(making, text, _whose(making, column)))
    for column, category in CATEGORIES.items():
        if text := making.text(column):
            body = {"category": [concept((GOAL_CATEGORY, category))]}
            yield making.entry("Goal", column, body | _goal(making, text, {}))


def needs(making: Making) -> Iterator[Entry]:
    """A Condition for each need, under what it is about."""
    for column in slots("need_#"):
        if domain := making.text(f"{column}_domain"):
            yield making.entry("Condition", column, _need(making, column, domain))


def read_goals(held: Held) -> dict[str, str]:
    """The goals of the plan. More than there are columns for, or of other kinds, are refused."""
    record: dict[str, str] = {}
    free = iter(slots("goal_#"))
    for where, goal in held.named("goal"):
        category = code_of(goal.get("category"), GOAL_CATEGORY)
        column = next((name for name, code in CATEGORIES.items() if code == category), "")
        column = column or next(free, "")
        if not column or column in record:
            held.refuse(where, NO_COLUMN)
            continue
        record[column] = text_of(goal.get("description"))
        if column not in CATEGORIES:
            record[f"{column}_by"] = "person" if _is_persons(held, goal) else "team"
    return record


def read_needs(held: Held) -> dict[str, str]:
    """The needs that the plan addresses. More than there are columns for are refused."""
    record: dict[str, str] = {}
    free = iter(slots("need_#"))
    for where, condition in held.named("addresses"):
        column = next(free, "")
        if not column:
            held.refuse(where, NO_COLUMN)
            continue
        record[column] = text_of(condition.get("code"))
        record[f"{column}_domain"] = code_of(condition.get("category"), NEED)
        record[f"{column}_code"] = code_of(condition.get("code"), SNOMED)
    return record


def _whose(making: Making, column: str) -> Json:
    if making.text(f"{column}_by") == "person":
        return {"expressedBy": making.subject}
    user_id = making.plan.practitioner
    return {"expressedBy": parties.practitioner(user_id)} if user_id else {}


def _goal(making: Making, text: str, whose: Json) -> Json:
    return {
        "lifecycleStatus": LIFECYCLE[making.plan.status],
        "description": {"text": text},
        "subject": making.subject,
        **whose,
    }


def _need(making: Making, column: str, domain: str) -> Json:
    code: dict[str, Any] = {}
    if snomed := making.text(f"{column}_code"):
        code |= concept((SNOMED, snomed))
    if text := making.text(column):
        code["text"] = text
    return {
        "clinicalStatus": CONDITION_ACTIVE,
        "category": [concept((NEED, domain))],
        "code": code,
        "subject": making.subject,
        "recordedDate": making.recorded,
    }


def _is_persons(held: Held, goal: Resource) -> bool:
    by, subject = goal.get("expressedBy") or {}, held.plan.get("subject") or {}
    return bool(by.get("reference")) and by.get("reference") == subject.get("reference")
