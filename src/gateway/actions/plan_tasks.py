"""What a team member's change leaves a shared plan without, raised to the plan's author as Tasks.

The member may not see what the rules ask for: to them it is no error, and no answer and no entry of
the log that they can read tells of it. The author, who sees the whole, is told in the rules' own
words, each once while it is open.
"""

from __future__ import annotations

from typing import Any

from gateway.actions.handing_up import on_behalf_of
from gateway.actions.plan_rules import said
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.storage import identities, searching
from gateway.storage.conditions import HasToken
from gateway.storage.directory import ODS
from gateway.storage.predicate_sql import ALWAYS
from gateway.storage.resources import Row
from gateway.storage.searching import ALL, Criteria, Page
from mappings.alert_tasks import OPEN
from mappings.care_plan_codes import ours

LACKING = "plan-lacking"
Json = dict[str, Any]


def as_author(writing: Writing, row: Row) -> Writing:
    """What the plan's author writes, in the same transaction."""
    asker = on_behalf_of(writing.connection, row.author, writing.requester.client)
    return Writing(writing.installation, writing.connection, asker, writing.now)


def lacks(own: Writing, row: Row) -> tuple[str, ...]:
    """What the plan lacks now by its rules, in their words, as its author sees it."""
    errors = (one.diagnostics for one in said(own, row.id) if one.severity == "error")
    return tuple(dict.fromkeys(errors))


def raise_new(own: Writing, row: Row, before: tuple[str, ...]) -> None:
    """A Task for all that it lacks now and did not lack before."""
    told = {task.get("description") for task in _open(own, row)}
    for words in lacks(own, row):
        if words not in before and words not in told:
            stored = own.add(_task(own, row, words))
            assert isinstance(stored, Row)  # noqa: S101 - about its own plan and Patient


def _open(own: Writing, row: Row) -> list[Json]:
    focus = HasToken("focus", (row.reference,))
    criteria = Criteria("Task", conditions=(focus,), author=own.organization)
    resources = own.installation.resources
    found = searching.rows(own.connection, criteria, ALWAYS, Page(None, ALL))
    tasks = (whole(each, resources.opened(each)) for each in found)
    return [task for task in tasks if task["status"] in OPEN and task.get("code") == ours(LACKING)]


def itself(own: Writing) -> Json:
    """The organisation that writes, by its id and its ODS code."""
    return {
        "reference": own.requester.organization,
        "identifier": {"system": ODS, "value": own.requester.ods},
    }


def patient_of(own: Writing, row: Row) -> Json:
    """The author's own Patient whom the plan is about."""
    assert row.identity is not None  # noqa: S101 - a plan is about somebody
    persons = identities.persons_of(own.connection, [row.identity])
    known = identities.of_persons(own.connection, persons)
    patient = next(one.patient for one in known if one.id == row.identity)
    return {"reference": f"Patient/{patient}"}


def _task(own: Writing, row: Row, words: str) -> Json:
    return {
        "resourceType": "Task",
        "id": own.installation.new_id(),
        "status": "requested",
        "intent": "order",
        "code": ours(LACKING),
        "description": words,
        "focus": {"reference": row.reference},
        "for": patient_of(own, row),
        "authoredOn": own.now.isoformat(timespec="seconds"),
        "requester": itself(own),
        "owner": itself(own),
    }
