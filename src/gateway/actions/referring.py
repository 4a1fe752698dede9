"""A referral: a Task that reaches its owner at once, with what the person agreed to.

It needs a permit from the person, or the sender's attestation that the person agreed. A denial that
matches the receiver, a receiver that is unknown and one that is closed are answered with the same
words: the one recorded exception to "no trace".
"""

from __future__ import annotations

from typing import Any

from gateway.actions import attesting, awaiting, moving_referral, notices, registering
from gateway.actions.delivering import Delivery, delivery
from gateway.actions.directory import organization_named
from gateway.actions.handing_up import REFUSAL
from gateway.actions.matter import Matter
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.actions.writing_back import seen_in
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.references import literals
from gateway.storage import identities, searching
from gateway.storage.resources import NewVersion, Row
from gateway.storage.times import microseconds
from mappings import referral_rules

CANNOT_DELIVER = Problem(
    Kind.RULE,
    "This referral cannot be delivered to the service it names. Talk with the person about which "
    "service could help, or ask that service how it takes referrals.",
    "Task.owner",
)
NEEDS_AGREEMENT = Problem(
    Kind.RULE,
    "needs the person's permit for the receiving service, or, in the same transaction, a "
    "Provenance that targets the ServiceRequest, with activity "
    "https://onestory.example/fhir/CodeSystem/attestation#person-agreed",
    "Task",
)


def send(writing: Writing, task: dict[str, Any], *, attested: bool = False) -> Row | Refused:
    """Store a Task. One that fulfils a ServiceRequest of ours for another service is a referral."""
    focus = task.get("focus", {}).get("reference", "")
    if not focus.startswith("ServiceRequest/") or "owner" not in task:
        return writing.add(task)
    owner = organization_named(writing.connection, task["owner"])
    if owner is None or not owner.open_at(microseconds(writing.now)):
        return Refused((CANNOT_DELIVER,))
    if owner.id == writing.organization:
        return writing.add(task)
    if task["status"] not in referral_rules.NEW:
        return refuse(Kind.RULE, referral_rules.word("new"), "Task.status")
    task = task | {"owner": task["owner"] | {"reference": f"Organization/{owner.id}"}}
    task = awaiting.limited(writing, task)
    request = searching.current(writing.connection, *focus.split("/", 1))
    if request is None or request.author != writing.organization:
        return refuse(Kind.RULE, "must be a ServiceRequest that you sent", "Task.focus.reference")
    if "for" not in task:
        return refuse(Kind.RULE, "must name the person who is referred", "Task.for")
    new = writing.judged(task, writing.author)
    if isinstance(new, Refused):
        return new
    return _deliver(writing, new, request, owner.id, attested=attested)


def _deliver(
    writing: Writing, task: NewVersion, request: Row, owner: str, *, attested: bool
) -> Row | Refused:
    original = whole(request, writing.installation.resources.opened(request))
    asked = writing.judged(original, writing.author)
    if isinstance(asked, Refused):
        return asked
    concerned = {identity for identity, _ in task.concerns + asked.concerns}
    persons = identities.persons_of(writing.connection, concerned)
    if len(persons) > 1:
        text = "must be the person whom the ServiceRequest is about; a referral names nobody else"
        return refuse(Kind.RULE, text, "Task.for")
    verdict = delivery(writing, owner, persons, (task.facts, asked.facts))
    if verdict is Delivery.DENIED:
        return Refused((CANNOT_DELIVER,))
    if verdict is Delivery.SILENT and not attested:
        return Refused((NEEDS_AGREEMENT,))
    stored = writing.add(task.resource)
    if isinstance(stored, Refused):
        return stored
    writing.connection.execute(
        "INSERT INTO delivery(organization, rid) VALUES (?,?) ON CONFLICT DO NOTHING",
        (owner, request.rid),
    )
    awaiting.watch(writing, task.resource)
    writing.notes += [
        Problem(Kind.NOTED, words, element, "information")
        for element, words in referral_rules.not_carried(original)
    ]
    for person in persons:
        _make_known(writing, owner, person)
    if attested:
        attesting.record(writing, owner, stored, task.resource, original)
    return stored


def _make_known(writing: Writing, owner: str, person: bytes) -> None:
    """Give the receiver a Patient of its own, where it has none: number, name, birth date."""
    held = identities.of_persons(writing.connection, [person])
    if any(identity.organization == owner for identity in held):
        return
    mine = next(identity for identity in held if identity.organization == writing.organization)
    row = searching.current(writing.connection, "Patient", mine.patient)
    assert row is not None  # noqa: S101 - an identity is written with its Patient
    patient = whole(row, writing.installation.resources.opened(row))
    carried = ("identifier", "name", "birthDate")
    copy: dict[str, Any] = {"resourceType": "Patient", "id": writing.installation.new_id()}
    copy |= {name: patient[name] for name in carried if name in patient}
    copy["identifier"] = [
        each for each in copy.get("identifier", []) if each.get("system") == registering.NHS_NUMBER
    ]
    if not copy["identifier"]:
        del copy["identifier"]
    registering.register(writing, copy, owner, mine.patient)


def move(writing: Writing, row: Row, wanted: dict[str, Any]) -> Row | Refused:
    """A move of the Task by its owner; its sender may cancel it."""
    if notices.is_notice(row):
        return notices.answered(writing, row, wanted)
    stored = whole(row, writing.installation.resources.opened(row))
    by = moving_referral.mover(writing, row, stored, wanted)
    if by is None:
        text = "is moved by its owner only; its sender may cancel it"
        return refuse(Kind.FORBIDDEN, text, "Task.status")
    reason = moving_referral.refused_reason(stored, wanted, by)
    if reason is not None:
        writing.matters.append(Matter(row.id, row.author, REFUSAL, reason))
    view = seen_in(writing, row, stored)
    changed = moving_referral.moved(writing, stored, view, wanted, by)
    if isinstance(changed, Refused):
        return changed
    if _patients_in(changed) - _patients_in(stored):
        return refuse(Kind.RULE, "names nobody but the person who is referred", "Task")
    return _moved(writing, row, stored, changed)


def _moved(
    writing: Writing, row: Row, stored: dict[str, Any], changed: dict[str, Any]
) -> Row | Refused:
    """The Task where it has moved to, with all that follows it there."""
    after = writing.change(row, changed)
    if isinstance(after, Refused) or changed["status"] == stored["status"]:
        return after
    if referral_rules.is_referral(stored):
        awaiting.follow(writing, row, changed)
    if referral_rules.has_ended(changed["status"]):
        attesting.ended(writing, row.id)
    return after


def _patients_in(task: dict[str, Any]) -> set[str]:
    return {named for named in literals(encode(task)) if named.startswith("Patient/")}


def withdrawn(writing: Writing, consent: str) -> None:
    """The person took an agreement back: its Task, where it has not ended, is cancelled."""
    tasks = writing.connection.execute("SELECT task FROM attested WHERE consent = ?", (consent,))
    for (task,) in tasks.fetchall():
        row = searching.current(writing.connection, "Task", task)
        if row is None:
            continue
        stored = whole(row, writing.installation.resources.opened(row))
        if not referral_rules.has_ended(stored["status"]):
            reason = {"text": "The person took back what they had agreed to."}
            changed = stored | {"status": "cancelled", "statusReason": reason}
            writing.change(row, changed)
            awaiting.follow(writing, row, changed)
