"""An alert as a Task for the recording organisation: what to do now, and by when.

INVARIANT: only the Task speaks of the alert. Nothing on the response or on an Observation does,
so that whoever may read those cannot infer it. Its description is free text, which no labelling
rule judges: no permit releases the Task, its author and the person read it.
"""

from __future__ import annotations

from typing import Any

from mappings import parties
from mappings.digests import identifier, once
from mappings.instrument import Alert
from mappings.moments import later
from mappings.screening_rows import Screening
from mappings.systems import ALERT
from mappings.verdict import Entry


def task_entry(alert: Alert, screening: Screening, own: str, patient: str, response: str) -> Entry:
    """The Task, created once for the response of digest `own`; addresses are those of the batch."""
    name = f"{own}.{alert.id}"
    return Entry(
        parties.urn("Task", name), _task(alert, screening, name, patient, response), once(name)
    )


def _task(
    alert: Alert, screening: Screening, name: str, patient: str, response: str
) -> dict[str, Any]:
    recorded = screening.recorded_at
    organization = parties.organization(screening.organization)
    return {
        "resourceType": "Task",
        "extension": [parties.recording_organization(screening.organization)],
        "identifier": [identifier(name)],
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": ALERT, "code": alert.id}]},
        "description": alert.do,
        "focus": {"reference": response},
        "for": {"reference": patient},
        "authoredOn": recorded.text,
        "requester": parties.author(screening.practitioner, screening.organization),
        "owner": organization,
        "restriction": {"period": {"start": recorded.text, "end": later(recorded, alert.hours)}},
    }
