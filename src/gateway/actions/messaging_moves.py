"""A message that calls a referral off, or answers it: its Task moves as if it had been put."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir_profiles import load
from gateway.actions import messaging_answers, messaging_known, updating
from gateway.actions.directory import organization_named
from gateway.actions.held import held
from gateway.actions.messaging_answers import Told
from gateway.actions.releasing import tree, whole
from gateway.actions.steps import at_place
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.storage import searching
from gateway.storage.conditions import HasToken
from gateway.storage.resources import Row
from gateway.storage.searching import ALL, Criteria, Page
from mappings import bars_sending, referral_rules
from mappings.bars import Entered, Message, references, word

Json = dict[str, Any]
TYPE = "Task"


def under_way(writing: Writing, request: Row) -> list[Row]:
    """The sender's own Tasks for its request that have not ended."""
    return [
        row
        for row in _tasks(writing, request)
        if row.author == writing.organization
        and not referral_rules.has_ended(_stored(writing, row)["status"])
    ]


def still_asks(writing: Writing, message: Message, tasks: list[Row]) -> bool:
    """Whether a message goes to the service that is asked, where it says to whom it goes."""
    if not message.receiver:
        return True
    meant = organization_named(writing.connection, dict(message.receiver))
    owners = (
        organization_named(writing.connection, _stored(writing, row)["owner"]) for row in tasks
    )
    return meant is not None and any(each is not None and each.id == meant.id for each in owners)


def called_off(writing: Writing, message: Message) -> Told | Refused:
    """The Tasks of a referral cancelled by who sent it, or marked as sent by mistake."""
    request = messaging_known.request(writing, message)
    if request is None:
        return refuse(Kind.RULE, word("unknown-request"), message.request.at)
    tasks = under_way(writing, request)
    if not tasks:
        return refuse(Kind.RULE, word("no-task"), message.request.at)
    mistaken = message.request.resource.get("status") == "entered-in-error"
    change: Json = {"status": "entered-in-error" if mistaken else "cancelled"}
    change |= {"statusReason": dict(message.said)} if message.said else {}
    for task in message.tasks[:1]:
        reason = bars_sending.moved(message, task, frozenset({"statusReason"}))
        change |= reason
    place = message.tasks[0].at if message.tasks else message.request.at
    for row in tasks:
        changed = _moved(writing, row, change, place)
        if isinstance(changed, Refused):
            return changed
    return _told(message, request, tasks)


def answered(writing: Writing, message: Message) -> Told | Refused:
    """The Task moved by the service that was asked."""
    request = messaging_known.seen_request(writing, message)
    if request is None:
        return refuse(Kind.RULE, word("unknown-request"), message.request.at)
    sent = message.tasks[0]
    row = _meant(writing, sent, request)
    if row is None:
        return refuse(Kind.RULE, word("no-task"), sent.at)
    movable = frozenset(load(referral_rules.LIFE)["owner_may_change"])
    change = bars_sending.moved(message, sent, movable)
    if any(one.startswith("urn:") for one in references(change)):
        return refuse(Kind.RULE, word("unstored"), sent.at)
    changed = _moved(writing, row, change, sent.at)
    return changed if isinstance(changed, Refused) else _told(message, request, [row])


def _told(message: Message, request: Row, tasks: list[Row]) -> Told:
    notes = tuple(messaging_answers.noted(each) for each in bars_sending.left_out(message))
    return Told((request.reference, *(each.reference for each in tasks)), notes)


def _moved(writing: Writing, row: Row, change: Json, place: str) -> Refused | None:
    """The Task put as its mover sees it, with what is changed of it."""
    found = held(writing, TYPE, row.id)
    if isinstance(found, Refused):
        return found
    seen = tree(found.seen.body)
    changed = updating.replaced(writing, found, seen | _added(seen, change))
    if not isinstance(changed, Refused):
        return None
    return Refused(tuple(at_place(place, changed, TYPE)))


def _added(seen: Json, change: Json) -> Json:
    """The change, where what is only added to has what stands there first."""
    lists = load(referral_rules.LIFE)["added_to"]
    together = {
        name: [*seen.get(name, ()), *(one for one in change[name] if one not in seen.get(name, ()))]
        for name in lists
        if name in change
    }
    return change | together


def _meant(writing: Writing, sent: Entered, request: Row) -> Row | None:
    """The Task that the sender of an answer owns: the one that it names, or the only one."""
    mine = [row for row in _tasks(writing, request) if _owns(writing, row)]
    named = [row for row in mine if row.id == sent.key]
    found = named or mine
    return found[0] if len(found) == 1 else None


def _owns(writing: Writing, row: Row) -> bool:
    owner = organization_named(writing.connection, _stored(writing, row).get("owner", {}))
    return owner is not None and owner.id == writing.organization


def _tasks(writing: Writing, request: Row) -> Iterator[Row]:
    """The Tasks for a request, as far as they are seen."""
    criteria = Criteria(TYPE, conditions=(HasToken("focus", (request.reference,)),))
    sight = writing.gate.sight(criteria)
    yield from searching.rows(writing.connection, criteria, sight.visible, Page(None, ALL))


def _stored(writing: Writing, row: Row) -> Json:
    return whole(row, writing.installation.resources.opened(row))
