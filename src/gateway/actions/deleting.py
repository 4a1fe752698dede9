"""Taking away what an organisation wrote: its versions stay for who could see them."""

from __future__ import annotations

from gateway.actions import attesting, creating, notices, review_tasks
from gateway.actions.held import NOT_YOURS, held
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.storage import identities, linked
from gateway.storage.resources import Row
from mappings import referral_rules

KEPT = {
    "Consent": "is taken back, not deleted: update its status to inactive",
    "Provenance": "says who did what, and stays",
    "AuditEvent": "is the log, and stays",
}
NOT_ENDED = "has been sent and has not ended: cancel it first, so that its owner is told"
NOT_CONFIRMED = "tells you that a consent has ended: confirm it first (status completed)"
NOT_EMPTY = "is still the subject of what your organisation wrote; delete that first"


def delete(writing: Writing, type_: str, id_: str, if_match: str | None) -> Row | Refused:
    """The last version, which the deletion ended. Visible but not theirs: 403.

    Nothing looks for what refers to it, but for a Patient: it holds the key of all about them.
    """
    found = held(writing, type_, id_, if_match)
    if isinstance(found, Refused):
        return found
    row = found.row
    if row.author != writing.organization or creating.may_not_write(writing.requester, type_):
        return refuse(Kind.FORBIDDEN, NOT_YOURS, type_)
    match type_:
        case "Patient":
            refused = _let_go(writing, row)
        case "Task":
            refused = _called_back(writing, row)
        case _:
            refused = None
    if refused is not None:
        return refused
    if type_ == "CarePlan":
        review_tasks.ended(writing, row)
    writing.remove(row)
    return row


def _let_go(writing: Writing, patient: Row) -> Refused | None:
    """The organisation no longer knows the person, and gets nothing more about them."""
    others = writing.connection.execute(
        "SELECT 1 FROM concern c JOIN identity i ON i.id = c.identity"
        " JOIN resource r ON r.rid = c.rid"
        " WHERE i.patient = ? AND r.rid != ? AND r.deleted = 0 LIMIT 1",
        (patient.id, patient.rid),
    ).fetchone()
    if others is not None:
        return refuse(Kind.CONFLICT, NOT_EMPTY, "Patient")
    if "link" in whole(patient, writing.installation.resources.opened(patient)):
        linked.added(writing.connection)
    identities.let_go(writing.connection, patient.id)
    return None


def _called_back(writing: Writing, task: Row) -> Refused | None:
    """What was agreed for the Task, and delivered by it, ends with it."""
    if notices.is_unconfirmed(writing, task):
        return refuse(Kind.CONFLICT, NOT_CONFIRMED, "Task.status")
    status = whole(task, writing.installation.resources.opened(task))["status"]
    delivered = writing.connection.execute(
        "SELECT 1 FROM delivery WHERE rid = ?", (task.rid,)
    ).fetchone()
    if delivered is not None and not referral_rules.has_ended(status):
        return refuse(Kind.CONFLICT, NOT_ENDED, "Task.status")
    attesting.called_back(writing, task.id)
    writing.connection.execute(_NO_LONGER_DELIVERED, (task.rid, task.rid))
    return None


# The requests that this Task alone delivered to its owner.
_NO_LONGER_DELIVERED = """
DELETE FROM delivery WHERE EXISTS (
  SELECT 1 FROM delivery mine JOIN fact f ON f.rid = mine.rid AND f.kind = 'reference'
  JOIN resource asked ON asked.type = 'ServiceRequest'
   AND f.value = 'ServiceRequest/' || asked.id
  WHERE mine.rid = ? AND mine.organization = delivery.organization AND asked.rid = delivery.rid
   AND NOT EXISTS (
    SELECT 1 FROM fact also JOIN resource task ON task.rid = also.rid
    JOIN delivery theirs ON theirs.rid = task.rid
    WHERE also.kind = 'reference' AND also.value = f.value AND task.type = 'Task'
     AND task.deleted = 0 AND task.rid != ? AND theirs.organization = delivery.organization))
"""
