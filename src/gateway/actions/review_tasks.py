"""The Task that says that a plan is to be looked at again, for the organisation of its coordinator.

It is a record of the plan's author, delivered to its owner. INVARIANT: but for the author and the
person nobody reads it who does not see the plan: it holds a Provenance of the plan, which cannot
stand without it, and so neither can the Task. The rule of its code keeps it from everybody else,
whatever is permitted.
"""

from __future__ import annotations

from typing import Any

from consent.dates import interval
from gateway.actions.judging import Author
from gateway.actions.leading import coordinators
from gateway.actions.plan_tasks import as_author, itself, patient_of
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.storage import reviews, searching
from gateway.storage.directory import ODS
from gateway.storage.resources import Row
from gateway.storage.times import microseconds
from mappings.alert_tasks import OPEN
from mappings.care_plan_codes import ours
from mappings.care_plan_review import review_day, words

NEAR, RESTS_ON = "review-near", "plan"
Json = dict[str, Any]


def follow(writing: Writing) -> None:
    """Keep the days of the plans that were written; a plan with a later one was looked at, and one
    that has ended is not to be: what was raised for it is closed."""
    for row in {each.id: each for each in writing.plans}.values():
        look_at(writing, row)


def look_at(writing: Writing, row: Row) -> int | None:
    """When the day starts on which a plan is to be looked at again, which is kept; None where it
    is not."""
    plan = whole(row, writing.installation.resources.opened(row))
    found = interval(review_day(plan))
    if found is None:
        ended(writing, row)
        return None
    due = microseconds(found[0])
    told = reviews.told(writing.connection, row.id)
    if told is not None and told[0] < due:
        _close(writing, row, told[1], "completed")
    reviews.expect(writing.connection, row.id, due)
    return due


def ended(writing: Writing, row: Row) -> None:
    """The plan is not to be looked at again."""
    told = reviews.told(writing.connection, row.id)
    if told is not None:
        _close(writing, row, told[1], "cancelled")
    reviews.over(writing.connection, row.id)


def raise_for(own: Writing, row: Row) -> Row:
    """Store the Task for a plan whose day is near, as its author."""
    stored = own.add(_task(own, row), Author(own.organization, reviews.RAISED))
    assert isinstance(stored, Row)  # noqa: S101 - about its own plan and Patient
    reviews.raised_as(own.connection, row.id, stored.id)
    return stored


def _close(writing: Writing, plan: Row, id_: str, status: str) -> None:
    row = searching.current(writing.connection, "Task", id_)
    if row is None:
        return
    task = whole(row, writing.installation.resources.opened(row))
    if task["status"] in OPEN:
        own = writing if plan.author == writing.organization else as_author(writing, plan)
        own.change(row, task | {"status": status, "lastModified": _instant(own)})


def _task(own: Writing, row: Row) -> Json:
    plan = whole(row, own.installation.resources.opened(row))
    return {
        "resourceType": "Task",
        "id": own.installation.new_id(),
        "contained": [_of(own, row.reference)],
        "status": "requested",
        "intent": "order",
        "code": ours(NEAR),
        "description": words(),
        "focus": {"reference": row.reference},
        "for": patient_of(own, row),
        "authoredOn": _instant(own),
        "requester": itself(own),
        "owner": _owner(own, plan),
        "restriction": {"period": {"end": review_day(plan)}},
        "relevantHistory": [{"reference": f"#{RESTS_ON}"}],
    }


def _owner(own: Writing, plan: Json) -> Json:
    """The organisation of the coordinator; the plan's author where it is not registered here."""
    for service in coordinators(own, plan):
        if service is not None:
            identifier = {"system": ODS, "value": service.ods}
            return {"reference": f"Organization/{service.id}", "identifier": identifier}
    return itself(own)


def _of(own: Writing, target: str) -> Json:
    return {
        "resourceType": "Provenance",
        "id": RESTS_ON,
        "target": [{"reference": target}],
        "recorded": _instant(own),
        "agent": [{"who": {"reference": own.requester.organization}}],
    }


def _instant(own: Writing) -> str:
    return own.now.isoformat(timespec="seconds")
