"""Reviews of the plan and the link to recovery supports, both ways, as Tasks with an owner."""

from __future__ import annotations

from collections.abc import Iterator

from mappings import parties
from mappings.care_plan_activities import DECLINED
from mappings.care_plan_codes import CARE_PLAN, REVIEW_DATE, code_of, ours
from mappings.care_plan_held import NO_COLUMN, NOT_HERE, Held
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.verdict import Entry

REVIEW = "review"
RECOVERY = "mutual-aid-facilitation"
DID_NOT_SUIT = "did-not-suit"
OUTCOMES = {
    "planned": "requested",
    "started": "in-progress",
    "joined": "completed",
    DECLINED: "cancelled",
    DID_NOT_SUIT: "failed",
}


def write(making: Making) -> Iterator[Entry]:
    """The Tasks of the plan: recovery supports first, then the last and the next review."""
    yield from _recovery(making)
    if on := making.text("last_review_on"):
        when = {"executionPeriod": {"end": on}}
        yield making.entry("Task", "last-review", _task(making, REVIEW, "completed") | when)
    if on := making.text("review_on"):
        limit = {"restriction": {"period": {"end": on}}}
        status = "requested" if making.plan.status in ("active", "on-hold") else "draft"
        yield making.entry("Task", "next-review", _task(making, REVIEW, status) | limit)


def read(held: Held) -> dict[str, str]:
    """The cells of the Tasks that the plan's activities refer to; others are refused."""
    record: dict[str, str] = {}
    for index, activity in enumerate(held.plan.get("activity", ())):
        if "reference" not in activity:
            continue
        where = f"CarePlan.activity[{index}].reference"
        task = held.linked.at(activity["reference"])
        if task is None:
            held.refuse(where, NOT_HERE)
            continue
        cells = _cells(task)
        if not cells or cells.keys() & record.keys():
            held.refuse(where, NO_COLUMN)
        record |= cells
    stated = parties.extension(held.plan, REVIEW_DATE, "valueDate")
    if stated and record.setdefault("review_on", str(stated)) != stated:
        held.refuse("CarePlan.extension", "must be the date of the review's Task")
    return record


def _recovery(making: Making) -> Iterator[Entry]:
    outcome = making.text("recovery_link_outcome")
    if not outcome:
        return
    body = _task(making, RECOVERY, OUTCOMES[outcome])
    if outcome in (DECLINED, DID_NOT_SUIT):
        body["statusReason"] = ours(outcome)
    if text := making.text("recovery_link"):
        body["description"] = text
    if on := making.text("recovery_link_on"):
        body["executionPeriod"] = {"start": on}
    yield making.entry("Task", "recovery-link", body)


def _task(making: Making, code: str, status: str) -> Json:
    return {
        "extension": [parties.recording_organization(making.plan.organization)],
        "basedOn": [making.refer("CarePlan", "plan")],
        "status": status,
        "intent": "plan",
        "code": ours(code),
        "focus": making.refer("CarePlan", "plan"),
        "for": making.subject,
        "authoredOn": making.recorded,
        "requester": making.author,
        "owner": parties.organization(making.text("coordinator_ods") or making.plan.organization),
    }


def _cells(task: Resource) -> dict[str, str]:
    execution, status = task.get("executionPeriod") or {}, task.get("status")
    match code_of(task.get("code"), CARE_PLAN):
        case "review" if status == "completed":
            return _filled(last_review_on=execution.get("end"))
        case "review":
            limit = (task.get("restriction") or {}).get("period") or {}
            return _filled(review_on=limit.get("end"))
        case "mutual-aid-facilitation":
            words = (word for word, code in OUTCOMES.items() if code == status)
            return _filled(
                recovery_link=task.get("description"),
                recovery_link_on=execution.get("start"),
                recovery_link_outcome=next(words, None),
            )
        case _:
            return {}


def _filled(**cells: object) -> dict[str, str]:
    return {column: str(value) for column, value in cells.items() if value}
