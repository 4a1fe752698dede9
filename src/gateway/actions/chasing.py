"""Who was told that a consent has ended, and has not confirmed it, is asked again; and again.

Each server looks every few minutes, and `onestory chase` does the same. One transaction asks one
service, finds it overdue itself, and moves its time: nobody is asked twice for one time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from gateway.actions import notices
from gateway.actions.answer import Answer
from gateway.actions.found import Found
from gateway.actions.recording import recorded
from gateway.actions.serving import Serving
from gateway.actions.telling import looking_at, tell_those_who_lose
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester, Role
from gateway.storage import identities, searching, tellings, versions
from gateway.storage.connection import Connection
from gateway.storage.resources import Row
from gateway.storage.tellings import Taken, Telling
from gateway.storage.times import microseconds
from gateway.storage.writer import Job, Written

MOST = 1_000  # of one pass
_LOG = logging.getLogger("gateway.chasing")


@dataclass(frozen=True, slots=True)
class Chased:
    """A notice that was sent again, the `times`th time."""

    task: str
    organization: str
    times: int
    due: datetime


class Chasing(Serving):
    """What a running gateway does by itself, without anybody asking."""

    async def chase(self) -> list[Chased]:
        """Ask again whoever should have answered; whom each pass asked."""
        await self._settle()
        now = microseconds(self.clock())
        late = await self.reading.look(partial(tellings.overdue, now=now, most=MOST))
        asked = [await self._alone(partial(self._ask_again, each.id)) for each in late]
        return [each for each in asked if each is not None]

    async def _alone(self, job: Job) -> Any:
        """What a job comes to; one that fails, fails no other, and is tried again with the next
        pass."""
        try:
            return await self.writer.submit(job)
        except Exception as error:  # its text may name people
            _LOG.warning("what was due could not be done: %s", type(error).__name__)
            return None

    async def _settle(self) -> None:
        """Tell those, too, whose look was under way when something was taken away: it was answered
        by what stood before, and recorded after."""
        no_look_lasts = timedelta(seconds=30 + 3 * self.limits.seconds)
        until = microseconds(self.clock() - no_look_lasts)
        open_ = await self.reading.look(partial(tellings.unsettled, until=until, most=MOST))
        for each in open_:
            await self._alone(partial(self._settled, each))

    def _ask_again(self, id_: str, connection: Connection) -> Written:
        writing = self._by_itself(connection)
        telling = tellings.of(connection, id_)
        if telling is None or not _is_overdue(telling, writing.now):
            return Written(None)  # another server was quicker, or it was answered
        row = searching.current(connection, "Task", id_)
        assert row is not None  # noqa: S101 - it is not deleted while it is open
        due = notices.ask_again(writing, row, telling)
        chased = Chased(
            row.reference, f"Organization/{telling.organization}", telling.times + 1, due
        )
        return self._logged(writing, chased)

    def _settled(self, act: Taken, connection: Connection) -> Written:
        writing = self._by_itself(connection)
        if not tellings.settle(connection, act.id, microseconds(writing.now)):
            return Written(None)
        person = identities.by_id(connection, act.identity).person
        consent = f"Consent/{act.consent}"
        looking = looking_at(writing, person, {consent: _before(connection, act)})
        told = tellings.told_since(connection, looking.ids, act.at)
        tell_those_who_lose(writing, looking, consent, told)
        return self._logged(writing, None) if writing.entities else Written(None)

    def _by_itself(self, connection: Connection) -> Writing:
        return Writing(self.installation, connection, self._itself(), self.clock())

    def _itself(self) -> Requester:
        """The gateway, which nobody asked."""
        return Requester(
            client="gateway",
            organization=f"Organization/{self.installation.portal}",
            ods="",
            role=Role.OFFICER,
            purpose="HCOMPL",
            scopes=frozenset(),
            token="",
        )

    def _logged(self, writing: Writing, answer: object) -> Written:
        request = self._request(writing.requester, "asked-again", "Task")
        found = Found(Answer(200, b""), tuple(writing.entities), (), frozenset(writing.persons))
        return Written(answer, recorded(request, found, self.installation.policy.version))


def _is_overdue(telling: Telling, now: datetime) -> bool:
    return (
        telling.confirmed is None and telling.due is not None and telling.due <= microseconds(now)
    )


def _before(connection: Connection, act: Taken) -> Row | None:
    """The version of the Consent that stood before."""
    row = searching.current(connection, "Consent", act.consent)
    assert row is not None  # noqa: S101 - consents are never deleted
    former = versions.former(connection, row.rid)
    return next((each.row for each in former if each.row.version == act.before), None)
