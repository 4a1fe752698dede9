"""The officer's queue: what waits, with what an officer needs to judge it, and clearing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.actions.answer import Answer, refused
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.looking import ABSENT
from gateway.actions.officers import OFFICERS_ONLY, Acting, acting, says_something
from gateway.actions.serving import Serving
from gateway.actions.told_endings import Told, unconfirmed
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.storage import emergencies, queue, tellings
from gateway.storage.emergencies import Emergency
from gateway.storage.queue import Item
from gateway.storage.times import microseconds

LOOKED, CLEARED = "queue", "queue-cleared"  # as the log calls them
OWN = "must be cleared by an officer who is neither the one whose doing it is, nor of their service"
NOTE = Problem(Kind.REQUIRED, "must say what was found and done, in 10 to 1,000 characters", "note")
DONE = "has been dealt with already"
COUNTED = timedelta(days=90)
LATEST = 50  # of those dealt with


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item with what belongs to it. `own`: this officer may not clear it. `times` counts the
    practitioner's emergencies of the last 90 days, this one included."""

    item: Item
    own: bool
    emergency: Emergency | None = None
    times: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """`unconfirmed`: who was told that a consent has ended. No officer clears that: the service
    does, when it confirms it."""

    waiting: tuple[Waiting, ...] = ()
    done: tuple[Item, ...] = ()
    unconfirmed: tuple[Told, ...] = ()


class Queueing(Serving):
    """What officers see of the queue, and what they do about it. Each leaves its row in the log."""

    async def officers_queue(self, officer: Requester) -> Queue | Answer:
        """What waits, the oldest first, and what was dealt with of late; or the refusal."""
        read: list[Queue] = []

        def look(gate: Gate) -> Found:
            who = acting(gate.connection, officer, self.installation.portal)
            if who is None:
                return Found(refused(OFFICERS_ONLY))
            read.append(_queue(gate, who))
            return Found(Answer(200, b""))

        request = self._request(officer, LOOKED, LOOKED)
        answer = await self._record(request, await self._seen(request, look))
        return read[0] if answer.status == 200 else answer

    async def clear_item(self, officer: Requester, id_: int, note: str) -> Answer:
        """204 once the item is dealt with. INVARIANT: never by the one whose doing it is, nor by
        their organisation."""

        def job(writing: Writing) -> Answer | Refused:
            who = acting(writing.connection, officer, self.installation.portal)
            if who is None:
                return Refused((OFFICERS_ONLY,))
            if not 0 < id_ < 2**63:
                return Refused((ABSENT,))
            return _cleared(writing, who, id_, note.strip())

        return await self._write(self._request(officer, CLEARED, f"queue/{id_}"[:32]), job)


def _queue(gate: Gate, who: Acting) -> Queue:
    connection = gate.connection
    since = microseconds(gate.now - COUNTED)
    items = queue.waiting(connection)
    begun = emergencies.by_id(
        connection, (one.about for one in items if one.kind is queue.Kind.EMERGENCY)
    )
    waiting = [
        Waiting(item, who.is_involved(item.practitioner, item.organization), begun.get(item.about))
        for item in items
    ]
    counts = {
        each.practitioner: emergencies.how_often(connection, each.practitioner, since)
        for each in begun.values()
    }
    counted = (
        replace(one, times=counts[one.emergency.practitioner]) if one.emergency else one
        for one in waiting
    )
    return Queue(
        tuple(counted),
        tuple(queue.dealt_with(connection, LATEST)),
        tuple(unconfirmed(gate.installation, connection)),
    )


def _cleared(writing: Writing, who: Acting, id_: int, note: str) -> Answer | Refused:
    item = queue.item(writing.connection, id_)
    if item is None:
        return Refused((ABSENT,))
    if who.is_involved(item.practitioner, item.organization):
        return refuse(Kind.FORBIDDEN, OWN)
    if not says_something(note):
        return Refused((NOTE,))
    if not queue.clear(writing.connection, id_, who.name, note, microseconds(writing.now)):
        return refuse(Kind.CONFLICT, DONE)
    if item.kind is queue.Kind.UNTOLD_ENDING:
        now = microseconds(writing.now)
        tellings.answered(writing.connection, item.about, tellings.DEALT_WITH, None, now)
    if item.kind is queue.Kind.EMERGENCY:
        person = emergencies.person_of(writing.connection, item.about)
        writing.persons.update({person} if person else ())
    return Answer(204, b"")
