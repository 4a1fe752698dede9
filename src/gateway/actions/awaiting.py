"""A referral waits for its answer until a time, and the ServiceRequest follows its Task."""

from __future__ import annotations

from typing import Any

from consent.dates import interval
from fhir_profiles import load
from gateway.actions.handing_up import LIMITS, limit
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.fhir.references import local
from gateway.storage import awaited, searching
from gateway.storage.resources import Row
from gateway.storage.times import microseconds
from mappings import referral_rules

Json = dict[str, Any]
_OPEN = ("draft", "active", "on-hold")


def limited(writing: Writing, task: Json) -> Json:
    """The Task with a time by which it is answered: its own, else the site's for its priority."""
    restriction = task.get("restriction", {})
    if "end" in restriction.get("period", {}):
        return task
    limits = load(LIMITS)
    hours = limits["answer_within_hours"][task.get("priority") or limits["without_priority"]]
    period = restriction.get("period", {}) | {"end": limit(writing, hours)}
    return task | {"restriction": restriction | {"period": period}}


def watch(writing: Writing, task: Json) -> None:
    """From now on somebody looks whether it is answered in time."""
    due = interval(task["restriction"]["period"]["end"])
    if due is not None and referral_rules.awaits_answer(task["status"]):
        awaited.watch(writing.connection, task["id"], microseconds(due[1]))


def follow(writing: Writing, row: Row, task: Json) -> None:
    """What follows a Task to where it has moved: the time that is kept, and the ServiceRequest of
    the same sender, where no other Task of theirs is still under way for it."""
    if task["status"] == "requested":
        watch(writing, limited(writing, task))
    elif not referral_rules.awaits_answer(task["status"]):
        awaited.over(writing.connection, row.id)
    status = referral_rules.request_status(task["status"])
    key = local(task["focus"]["reference"])
    if status is None or key is None:
        return
    request = searching.current(writing.connection, *key)
    if request is None or request.author != row.author or _others(writing, row, request):
        return
    body = whole(request, writing.installation.resources.opened(request))
    if body["status"] in _OPEN:
        writing.change(request, body | {"status": status})


def _others(writing: Writing, row: Row, request: Row) -> bool:
    """Whether another Task of the same sender is under way for the request."""
    found = writing.connection.execute(
        "SELECT DISTINCT r.id FROM token_index t JOIN resource r ON r.rid = t.rid"
        " WHERE t.name = 'focus' AND t.value = ? AND t.type = 'Task' AND r.deleted = 0"
        " AND r.author = ? AND r.id <> ?",
        (request.reference, row.author, row.id),
    )
    for (id_,) in found.fetchall():
        other = searching.current(writing.connection, "Task", id_)
        if other is None:
            continue
        task = whole(other, writing.installation.resources.opened(other))
        if not referral_rules.has_ended(task["status"]):
            return True
    return False
