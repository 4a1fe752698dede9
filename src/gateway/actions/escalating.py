"""A referral that nobody answered in time becomes more urgent, and is raised to who sent it.

Each server looks every minute, and `onestory escalate` does the same. One transaction takes one
referral out of those that are awaited, whoever is quicker: nothing is escalated twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.actions.answer import Answer
from gateway.actions.chasing import Chasing
from gateway.actions.found import Found
from gateway.actions.handing_up import LATE, concept, hand_up, more_urgent, on_behalf_of
from gateway.actions.matter import Matter
from gateway.actions.recording import recorded
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.storage import awaited, searching
from gateway.storage.connection import Connection
from gateway.storage.resources import Row
from gateway.storage.times import microseconds
from gateway.storage.writer import Written
from mappings import referral_rules

MOST = 1_000  # of one pass
CLIENT = "gateway"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Escalated:
    """A referral that was late: its Task, and the Task that was raised about it."""

    task: str
    raised: tuple[str, ...]


class Escalating(Chasing):
    """What a running gateway does by itself about referrals that wait."""

    async def escalate(self) -> list[Escalated]:
        """Raise each referral whose time has passed without an answer."""
        now = microseconds(self.clock())
        late = await self.reading.look(partial(awaited.late, now=now, most=MOST))
        done = [await self._alone(partial(self._escalated, task)) for task in late]
        return [each for each in done if each is not None]

    def _escalated(self, task: str, connection: Connection) -> Written:
        now = self.clock()
        if not awaited.take(connection, task, microseconds(now)):
            return Written(None)  # another server was quicker, or it was answered
        row = searching.current(connection, "Task", task)
        stored = whole(row, self.installation.resources.opened(row)) if row is not None else {}
        if row is None or not referral_rules.awaits_answer(stored["status"]):
            return Written(None)
        writing = Writing(
            self.installation, connection, on_behalf_of(connection, row.author, CLIENT), now
        )
        after = writing.change(row, _late(stored, writing))
        assert isinstance(after, Row)  # noqa: S101 - it names whom it named before
        raised = hand_up(writing, Matter(row.id, row.author, LATE))
        return self._told(row, (writing, *raised))

    def _told(self, row: Row, written: Sequence[Writing]) -> Written:
        """What was raised about a Task, and the log's row for it."""
        named = (name for each in written for name in each.entities)
        entities = tuple(dict.fromkeys((row.reference, *named)))
        persons = frozenset[bytes]().union(*(each.persons for each in written))
        request = self._request(self._itself(), "referral-late", "Task")
        found = Found(Answer(200, b""), entities, (), persons)
        entry = recorded(request, found, self.installation.policy.version)
        return Written(Escalated(row.reference, entities[1:]), entry)


def _late(task: Json, writing: Writing) -> Json:
    """The Task, more urgent, that says that it is late beside all that it said."""
    told = task.get("businessStatus", {})
    coding = [*told.get("coding", ()), *concept("late")["coding"]]
    return task | {
        "priority": more_urgent(task.get("priority")),
        "businessStatus": told | {"coding": coding},
        "lastModified": writing.now.isoformat(timespec="seconds"),
    }
