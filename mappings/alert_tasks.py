"""An alert as a Task for the recording organisation: what to do now, and by when.

INVARIANT: only the Task speaks of the alert. Nothing on the response or on an Observation does,
so that whoever may read those cannot infer it. The labelling rule of its code keeps it, whatever is
permitted, for its author and the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings import parties
from mappings.digests import identifier, once
from mappings.instrument import Alert
from mappings.moments import Moment, later
from mappings.screening_rows import Screening
from mappings.systems import ALERT
from mappings.verdict import Entry

Json = dict[str, Any]
OPEN = frozenset({"draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"})


def task_entry(alert: Alert, screening: Screening, own: str, patient: str, response: str) -> Entry:
    """The Task, created once for the response of digest `own`; addresses are those of the batch."""
    name = named(alert, own)
    task = alert_task(
        alert,
        name,
        about=(patient, response),
        organization=screening.organization,
        requester=parties.author(screening.practitioner, screening.organization),
        since=screening.recorded_at,
    )
    return Entry(parties.urn("Task", name), task, once(name))


def named(alert: Alert, own: str) -> str:
    """What the Task of an alert is known by, where its response is known by `own`."""
    return f"{own}.{alert.id}"


def alert_task(
    alert: Alert,
    name: str,
    *,
    about: tuple[str, str],
    organization: str,
    requester: Json,
    since: Moment,
) -> Json:
    """The Task of that name for the organisation of that ODS code, which has from `since` on the
    alert's own time; `about` is the Patient and the response, each as a reference."""
    patient, response = about
    return {
        "resourceType": "Task",
        "extension": [parties.recording_organization(organization)],
        "identifier": [identifier(name)],
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": ALERT, "code": alert.id}]},
        "description": alert.do,
        "focus": {"reference": response},
        "for": {"reference": patient},
        "authoredOn": since.text,
        "requester": requester,
        "owner": parties.organization(organization),
        "restriction": {"period": {"start": since.text, "end": later(since, alert.hours)}},
    }


def alert_of(task: Mapping[str, Any]) -> str:
    """The id of the alert that a Task tells of, or nothing."""
    codings = (task.get("code") or {}).get("coding", ())
    found = (str(one.get("code", "")) for one in codings if one.get("system") == ALERT)
    return next(found, "")


def is_whole(task: Mapping[str, Any]) -> bool:
    """Whether somebody has to do what a Task says, by a time: it is open, owned and limited."""
    limit = (task.get("restriction") or {}).get("period", {}).get("end")
    return bool(task.get("status") in OPEN and task.get("owner") and task.get("for") and limit)
