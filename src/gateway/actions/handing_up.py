"""What is raised about a referral to the service that sent it, so that nobody waits unseen.

That service stays responsible until the referral is accepted. What is raised is a Task of its own
record, about its own Patient. INVARIANT: it goes to nobody who does not know of the referral: to
the one that sent it always; to the one that was asked only where that leads the person's care by
its own view of the plan.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fhir_profiles import load
from gateway.actions.directory import organization_named
from gateway.actions.leading import leads
from gateway.actions.matter import Matter
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester, Role
from gateway.storage import concerned, searching
from gateway.storage.conditions import HasToken
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.predicate_sql import ALWAYS
from gateway.storage.resources import Row
from gateway.storage.searching import ALL, Criteria, Page
from mappings.alert_tasks import OPEN
from mappings.systems import REFERRAL

REFUSAL, LATE = "raised-refusal", "raised-late"
LIMITS, WORDS = "referral/time_limits.json", "referral/raised.json"
Json = dict[str, Any]


def on_behalf_of(connection: Connection, organization: str, client: str) -> Requester:
    """The service that a Task is raised to, for which the gateway writes it down."""
    row = connection.execute("SELECT ods FROM organization WHERE id = ?", (organization,))
    found = row.fetchone()
    assert found is not None  # noqa: S101 - it wrote the referral
    return Requester(
        client=client,
        organization=f"Organization/{organization}",
        ods=found[0],
        role=Role.SERVICE,
        purpose="TREAT",
        scopes=frozenset({"system/*.cruds"}),
        token="",
    )


def hand_up(writing: Writing, matter: Matter) -> tuple[Writing, ...]:
    """Raise it once, while what was raised before is still open: to the sender and, where the one
    that was asked leads the person's care, to that as well. Each as it would write it itself, in
    the transaction of `writing`; what was written, for the log."""
    row = searching.current(writing.connection, "Task", matter.task)
    assert row is not None  # noqa: S101 - looked at in this transaction
    referral = whole(row, writing.installation.resources.opened(row))
    asked = organization_named(writing.connection, referral["owner"])
    assert asked is not None  # noqa: S101 - it was delivered there
    theirs = _own(writing, asked.id)
    own = [_own(writing, matter.sender), *([theirs] if leads(theirs, row) else [])]
    for one in own:
        one.named(row)
        if not _stands(one, matter):
            stored = one.add(_task(one, matter, referral, _patient(one, row)))
            assert isinstance(stored, Row)  # noqa: S101 - about its own Patient
    return tuple(own)


def _own(writing: Writing, organization: str) -> Writing:
    """What that service writes, in the same transaction."""
    asker = on_behalf_of(writing.connection, organization, writing.requester.client)
    return Writing(writing.installation, writing.connection, asker, writing.now)


def _patient(own: Writing, task: Row) -> str:
    """The service's own Patient of the person who is referred."""
    known = concerned.of_resources(own.connection, "Task", (task.id,))
    theirs = [one for one in known if one.organization == own.organization]
    named = next((one for one in theirs if one.id == task.identity), theirs[0])
    return f"Patient/{named.patient}"


def concept(code: str) -> Json:
    """A code of our own about referrals."""
    concepts = load("codesystems/referral.json")["concept"]
    display = next(each["display"] for each in concepts if each["code"] == code)
    return {"coding": [{"system": REFERRAL, "code": code, "display": display}]}


def limit(writing: Writing, hours: int) -> str:
    """The moment that many hours from now."""
    return (writing.now + timedelta(hours=hours)).isoformat(timespec="seconds")


def more_urgent(priority: str | None) -> str:
    """The priority of what is late."""
    limits = load(LIMITS)
    return str(limits["priority_when_late"][priority or limits["without_priority"]])


def _task(writing: Writing, matter: Matter, referral: Json, patient: str) -> Json:
    own = {
        "reference": writing.requester.organization,
        "identifier": {"system": ODS, "value": writing.requester.ods},
    }
    now = writing.now.isoformat(timespec="seconds")
    end = limit(writing, load(LIMITS)["act_within_hours"][matter.kind])
    return {
        "resourceType": "Task",
        "id": writing.installation.new_id(),
        "basedOn": [{"reference": referral["focus"]["reference"]}],
        "status": "requested",
        "intent": "order",
        "priority": more_urgent(referral.get("priority")),
        "code": concept(matter.kind),
        "description": load(WORDS)[matter.kind],
        "focus": {"reference": f"Task/{matter.task}"},
        "for": {"reference": patient},
        "authoredOn": now,
        "requester": own,
        "owner": own,
        "restriction": {"period": {"start": now, "end": end}},
    } | ({"reasonCode": concept(matter.reason)} if matter.reason else {})


def _stands(writing: Writing, matter: Matter) -> bool:
    """Whether the same was raised before and is still open."""
    criteria = Criteria(
        "Task",
        conditions=(HasToken("focus", (f"Task/{matter.task}",)),),
        author=writing.organization,
    )
    resources = writing.installation.resources
    return any(
        task["status"] in OPEN and task.get("code") == concept(matter.kind)
        for row in searching.rows(writing.connection, criteria, ALWAYS, Page(None, ALL))
        for task in (whole(row, resources.opened(row)),)
    )
