"""A plan that is to be looked at again becomes a Task for the organisation of its coordinator.

Each server looks every minute, and `onestory review` does the same. One transaction takes one day
of one plan, whoever is quicker: no day is raised twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateway.actions.answer import Answer
from gateway.actions.chasing import Chasing
from gateway.actions.found import Found
from gateway.actions.handing_up import on_behalf_of
from gateway.actions.recording import recorded
from gateway.actions.review_tasks import look_at, raise_for
from gateway.actions.writing import Writing
from gateway.storage import reviews, searching
from gateway.storage.connection import Connection
from gateway.storage.times import microseconds
from gateway.storage.writer import Written
from mappings.care_plan_review import near

MOST = 1_000  # of one pass
CLIENT = "gateway"


@dataclass(frozen=True, slots=True)
class Due:
    """A plan that is to be looked at again, and the Task that says so."""

    plan: str
    task: str


class Reviewing(Chasing):
    """What a running gateway does by itself about plans that are to be looked at again."""

    async def review(self) -> list[Due]:
        """Raise each plan whose day is near or over, once for each day."""
        until = microseconds(self.clock() + near())
        found = await self.reading.look(partial(reviews.near, until=until, most=MOST))
        done = [await self._alone(partial(self._due, plan)) for plan in found]
        return [each for each in done if each is not None]

    def _due(self, plan: str, connection: Connection) -> Written:
        now = self.clock()
        until = microseconds(now + near())
        if not reviews.take(connection, plan, until):
            return Written(None)  # another server was quicker, or it was looked at
        row = searching.current(connection, "CarePlan", plan)
        if row is None:
            reviews.over(connection, plan)
            return Written(None)
        own = Writing(
            self.installation, connection, on_behalf_of(connection, row.author, CLIENT), now
        )
        due = look_at(own, row)
        if due is None or due > until:
            return Written(None)
        reviews.take(connection, plan, until)  # the day was not known before
        own.named(row)
        return self._raised(own, Due(row.reference, raise_for(own, row).reference))

    def _raised(self, own: Writing, due: Due) -> Written:
        """What was raised, and the log's row for it."""
        request = self._request(self._itself(), "review-near", "Task")
        entities = tuple(dict.fromkeys(own.entities))
        found = Found(Answer(200, b""), entities, (), frozenset(own.persons))
        return Written(due, recorded(request, found, self.installation.policy.version))
