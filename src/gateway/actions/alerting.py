"""An alert is raised with the answers that ask for it, in the same transaction, whoever sends them.

INVARIANT: a response whose answers raise an alert is never stored without an open Task for the
organisation that recorded it: with what to do, an owner and a time limit, and once. Only that Task
tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.actions.directory import organization_named
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.fhir.references import literals
from gateway.storage import searching
from gateway.storage.conditions import HasToken
from gateway.storage.predicate_sql import ALWAYS
from gateway.storage.searching import ALL, Criteria, Page
from mappings import parties
from mappings.alert_tasks import OPEN, alert_of, alert_task, is_whole, named
from mappings.alerting import raised_by
from mappings.instrument import Alert
from mappings.moments import Moment
from mappings.systems import ROW_DIGEST

Json = dict[str, Any]
NOBODY = "must name the person who answered, as Patient/<id>"


def raise_for(writing: Writing, response: Json, before: Json | None = None) -> Refused | None:
    """Raise the alerts of a response that was just stored; `before` is the version before it.

    One whose Task came with the response is not raised again, nor one that waits already, nor one
    that was raised for this answer before and dealt with.
    """
    alerts = raised_by(response)
    if not alerts:
        return None
    reference = f"QuestionnaireResponse/{response['id']}"
    held_before = frozenset(one.id for one in raised_by(before)) if before is not None else ()
    standing = dict(_standing(writing, reference)) if before is not None else {}
    for alert in alerts:
        waits = standing.get(alert.id)
        if (reference, alert.id) in writing.brought or waits:
            continue
        if waits is None or alert.id not in held_before:
            refused = _raise(writing, alert, response)
            if refused is not None:
                return refused
    return None


def brought(writing: Writing, tasks: Iterable[Json]) -> frozenset[tuple[str, str]]:
    """The alerts that a transaction brings the Tasks of: (response, alert) of each that is whole
    and whose owner is the sender."""
    found = ((task, alert_of(task)) for task in tasks)
    return frozenset(
        (task.get("focus", {}).get("reference", ""), alert)
        for task, alert in found
        if alert and is_whole(task) and _is_own(writing, task)
    )


def _is_own(writing: Writing, task: Json) -> bool:
    owner = organization_named(writing.connection, task["owner"])
    return owner is not None and owner.id == writing.organization


def _standing(writing: Writing, response: str) -> Iterator[tuple[str, bool]]:
    """The alerts that have a Task of the author's for this response, and whether it is open."""
    criteria = Criteria(
        "Task", conditions=(HasToken("focus", (response,)),), author=writing.organization
    )
    resources = writing.installation.resources
    found: dict[str, bool] = {}
    for row in searching.rows(writing.connection, criteria, ALWAYS, Page(None, ALL)):
        task = whole(row, resources.opened(row))
        if alert := alert_of(task):
            found[alert] = found.get(alert, False) or task["status"] in OPEN
    yield from found.items()


def _raise(writing: Writing, alert: Alert, response: Json) -> Refused | None:
    patient = _patient(response)
    if patient is None:
        return refuse(Kind.RULE, NOBODY, "QuestionnaireResponse.subject")
    ods = writing.requester.ods
    task = alert_task(
        alert,
        _name(writing, alert, response),
        about=(patient, f"QuestionnaireResponse/{response['id']}"),
        organization=ods,
        requester=parties.organization(ods),
        since=Moment(writing.now.isoformat(timespec="seconds")),
    )
    stored = writing.add(task | {"id": writing.installation.new_id()})
    return stored if isinstance(stored, Refused) else None


def _name(writing: Writing, alert: Alert, response: Json) -> str:
    """As our own maps name it, so that sending the Task afterwards finds it; a name that is taken,
    by the Task of an answer that was dealt with, is added to."""
    name = named(alert, _digest(response) or str(response["id"]))
    kept = writing.installation.resources.digest("token-identifier", f"{ROW_DIGEST}|{name}")
    criteria = Criteria(
        "Task", conditions=(HasToken("identifier", (kept,)),), author=writing.organization
    )
    if searching.exists(writing.connection, criteria, ALWAYS):
        return f"{name}.{writing.installation.new_id()}"
    return name


def _patient(response: Json) -> str | None:
    """The writer's own Patient whom the answers are about."""
    subject = str(response.get("subject", {}).get("reference", ""))
    if subject.startswith("Patient/"):
        return subject
    named = [one for one in literals(encode(response)) if one.startswith("Patient/")]
    return named[0] if len(named) == 1 else None


def _digest(response: Json) -> str:
    held = response.get("identifier", {})
    return str(held.get("value", "")) if held.get("system") == ROW_DIGEST else ""
