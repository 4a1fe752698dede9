"""The notice that a consent has ended: a Task in the record of the service that is to know.

It is filed under the receiver, about the receiver's own Patient, and under the receiver's key: so
it reads it whatever the person has said, through every door. It names nothing that was received,
no reason, and nobody else. INVARIANT: nobody but its owner, the person and officers learn of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fhir_profiles import load
from gateway.actions import moving_task
from gateway.actions.judging import Author
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.actions.writing_back import seen_in
from gateway.fhir.problem import Refused
from gateway.storage import searching, tellings
from gateway.storage.identities import Identity
from gateway.storage.resources import Row
from gateway.storage.tellings import CALLED_OFF, NOTICE, Telling
from gateway.storage.times import microseconds

LIFE = "consent/notice.json"
SYSTEM = "https://onestory.example/fhir/CodeSystem/notice"
ENDED, TIMES = "consent-ended", "times-asked"


def is_notice(row: Row) -> bool:
    return row.author_role == NOTICE


def is_unconfirmed(writing: Writing, row: Row) -> bool:
    """Whether it is a notice that waits for its owner."""
    telling = tellings.of(writing.connection, row.id) if is_notice(row) else None
    return telling is not None and telling.is_open


def is_notice_in_words(task: dict[str, Any]) -> bool:
    """The same, of a Task as it is read."""
    codings = task.get("code", {}).get("coding", [])
    return any((each.get("system"), each.get("code")) == (SYSTEM, ENDED) for each in codings)


def send(writing: Writing, receiver: Identity, telling: Telling) -> None:
    """File the notice with the receiver, whose Patient this is."""
    stored = writing.add(_body(writing, receiver, telling), Author(receiver.organization, NOTICE))
    assert isinstance(stored, Row)  # noqa: S101 - about the receiver's own Patient


def _body(writing: Writing, receiver: Identity, telling: Telling) -> dict[str, Any]:
    assert telling.due is not None  # noqa: S101 - whoever is told is asked to answer
    return {
        "resourceType": "Task",
        "id": telling.id,
        "restriction": {"period": {"end": due_by(writing, 0).isoformat(timespec="seconds")}},
        "status": "requested",
        "intent": "order",
        "priority": load(LIFE)["priorities"][0],
        "code": _coded(ENDED),
        "description": load(LIFE)["description"],
        "for": {"reference": f"Patient/{receiver.patient}"},
        "authoredOn": _text(writing.now),
        "lastModified": _text(writing.now),
        "requester": {"reference": f"Organization/{writing.installation.portal}"},
        "owner": {"reference": f"Organization/{receiver.organization}"},
    }


def due_by(writing: Writing, times: int) -> datetime:
    """When an answer is due that was asked for now, for the first time or again."""
    policy = writing.installation.policy
    return writing.now + timedelta(days=policy.ask_again_days if times else policy.answer_days)


def answered(writing: Writing, row: Row, wanted: dict[str, Any]) -> Row | Refused:
    """A move by the owner: what it says is kept, and shown to the person."""
    stored = whole(row, writing.installation.resources.opened(row))
    view = seen_in(writing, row, stored)
    changed = moving_task.moved(stored, view, wanted, LIFE)
    after = changed if isinstance(changed, Refused) else writing.change(row, changed)
    if not isinstance(after, Refused):
        _keep(writing, row.id, wanted["status"])
    return after


def _keep(writing: Writing, id_: str, status: str) -> None:
    telling, life = tellings.of(writing.connection, id_), load(LIFE)
    assert telling is not None  # noqa: S101 - written with its notice, and never deleted
    confirmed, due = telling.confirmed, telling.due
    if status in life["confirms"]:
        confirmed = confirmed or microseconds(writing.now)
    elif status not in life["asked_again"]:
        confirmed, due = None, None
    tellings.answered(writing.connection, id_, status, due, confirmed)


def ask_again(writing: Writing, row: Row, telling: Telling) -> datetime:
    """A further version, more urgent, that says how often it was asked; when it is due then."""
    stored = whole(row, writing.installation.resources.opened(row))
    times, urgencies = telling.times + 1, load(LIFE)["priorities"]
    due = due_by(writing, times)
    changed = stored | {
        "priority": urgencies[min(times, len(urgencies) - 1)],
        "lastModified": _text(writing.now),
        "restriction": {"period": {"end": due.isoformat(timespec="seconds")}},
        "input": [{"type": _coded(TIMES), "valuePositiveInt": times}],
    }
    after = writing.change(row, changed)
    assert isinstance(after, Row)  # noqa: S101 - it names whom it named before
    tellings.ask_again(writing.connection, telling.id, microseconds(writing.now), microseconds(due))
    return due


def call_off(writing: Writing, telling: Telling) -> None:
    """What was received is shared again: there is nothing left to confirm."""
    row = searching.current(writing.connection, "Task", telling.id)
    assert row is not None  # noqa: S101 - it is not deleted while it is open
    stored = whole(row, writing.installation.resources.opened(row))
    changed = {"status": CALLED_OFF, "statusReason": {"text": load(LIFE)["called_off"]}}
    writing.change(row, stored | changed | {"lastModified": _text(writing.now)})
    tellings.answered(writing.connection, telling.id, CALLED_OFF, None, None)


def _coded(code: str) -> dict[str, Any]:
    concepts = load("codesystems/notice.json")["concept"]
    display = next(each["display"] for each in concepts if each["code"] == code)
    return {"coding": [{"system": SYSTEM, "code": code, "display": display}]}


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
