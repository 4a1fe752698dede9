"""Around every interaction: one snapshot or one write, and one audit row before the answer leaves.

Record first, release second: whatever a request comes to, its row is durable before its answer is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from gateway.actions.answer import Answer, refused
from gateway.actions.failing import failed
from gateway.actions.footing import Footing
from gateway.actions.found import Found
from gateway.actions.gate import Gate, TooLongError
from gateway.actions.handing_up import hand_up
from gateway.actions.installation import Installation, Limits
from gateway.actions.kept_answers import Kept
from gateway.actions.matter import Matter
from gateway.actions.meeting import no
from gateway.actions.receiving import received
from gateway.actions.recording import Request, event_id, recorded
from gateway.actions.store import Store
from gateway.actions.telling import tell
from gateway.actions.writing import TOO_LONG, Writing
from gateway.audit.entry import Recorded
from gateway.audit.verdict import Broken, Whole
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.keys import Keys
from gateway.storage.connection import STORAGE_ERRORS, Connection
from gateway.storage.reading import Reading
from gateway.storage.writer import Written

LAST_MOMENT = 0.9  # of the time a request has: what is not done by then is given up and recorded
LARGE = 64 * 1024  # bytes that take longer to check than a hop to a thread: others need not wait
NO_AUDIT = Problem(Kind.NO_AUDIT, "Nothing can be released while nothing can be recorded.")


class Serving:
    """One installation, served. Its attributes are what tokens and pages need of it."""

    def __init__(self, installation: Installation, store: Store) -> None:
        self.installation = installation
        self._store = store

    @property
    def keys(self) -> Keys:
        return self.installation.keys

    @property
    def reading(self) -> Reading:
        return self.installation.reading

    @property
    def writer(self) -> Any:
        return self.installation.writer

    @property
    def clock(self) -> Callable[[], datetime]:
        return self.installation.clock

    @property
    def new_id(self) -> Callable[[], str]:
        return self.installation.new_id

    @property
    def base_url(self) -> str:
        return self.installation.base_url

    @property
    def limits(self) -> Limits:
        return self.installation.limits

    def close(self) -> None:
        """Let what was accepted become durable, and end."""
        self._store.close()

    async def verify_log(self) -> Whole | Broken:
        """Whether the log is whole, checked from the stored rows with the public key alone."""
        key = self.keys.signer.verifier.text()
        return await asyncio.to_thread(self._store.verify, key)

    def _request(self, requester: Requester, interaction: str, query: str) -> Request:
        now = self.clock()
        return Request(requester, interaction, query, now, event_id(now, self.new_id()))

    async def _received(self, body: bytes, type_: str) -> dict[str, Any] | Refused:
        if len(body) > LARGE:
            return await asyncio.to_thread(received, self.installation, body, type_)
        return received(self.installation, body, type_)

    async def _seen(
        self,
        request: Request,
        look: Callable[[Gate], Found],
        *,
        long: bool = False,
        key: Hashable | None = None,
    ) -> Found:
        """What one look finds in one snapshot; `key`: what it is kept by, where it may be."""
        kept = self.installation.kept_answers
        try:
            known = None if key is None else kept.get(key)
            if known is not None and known.holds(await self._stamps(known.footing), request.now):
                return known.found
            seen = partial(self._look, request, look, self._last_moment())
            found, footing = await self.reading.look(seen, long=long)
            if key is not None and footing is not None:
                kept.keep(key, Kept(found, footing))
            return found
        except TooLongError:
            return Found(refused(TOO_LONG))
        except Exception as error:
            return Found(failed(error, request.id))

    def _look(
        self,
        request: Request,
        look: Callable[[Gate], Found],
        until: float,
        connection: Connection,
    ) -> tuple[Found, Footing | None]:
        asker, now = request.requester, request.now
        gate = Gate(self.installation, connection, asker, now, committed=True, until=until)
        found = look(gate)
        return found, gate.footing()

    async def _stamps(self, footing: Footing) -> int | None:
        """What the question of a footing gives now; the statement is a snapshot of its own."""
        row = await self.reading.row(footing.question.text, footing.question.values)
        return None if row is None else row[0]

    def _last_moment(self) -> float:
        """When a request that comes now is given up."""
        return time.monotonic() + self.limits.seconds * LAST_MOMENT

    async def _record(self, request: Request, found: Found) -> Answer:
        row = recorded(request, found, self.installation.policy.version)
        return await self._recorded(found.answer, row)

    async def _refuse(self, request: Request, *problems: Problem) -> Answer:
        answer = refused(*problems)
        row = recorded(request, Found(answer))
        return await self._recorded(answer, row)

    async def _write(self, request: Request, job: Callable[[Writing], Answer | Refused]) -> Answer:
        done = partial(self._done, request, job, self._last_moment())
        try:
            answer: Answer = await self.writer.submit(done)
        except STORAGE_ERRORS:  # perhaps of this job alone: then its row can be written
            answer = refused(NO_AUDIT)
            return await self._recorded(answer, recorded(request, Found(answer)))
        return answer

    async def _read_only(
        self, request: Request, job: Callable[[Writing], Answer | Refused]
    ) -> Answer:
        """A job that changes nothing, in a snapshot: no writer has to wait for it."""
        done = partial(self._done, request, job, self._last_moment())
        try:
            written = await self.reading.look(done, long=True)
        except Exception as error:
            answer = failed(error, request.id)
            return await self._recorded(answer, recorded(request, Found(answer)))
        assert written.entry is not None  # noqa: S101 - whatever it comes to leaves its row
        return await self._recorded(written.answer, written.entry)

    def _done(
        self,
        request: Request,
        job: Callable[[Writing], Answer | Refused],
        until: float,
        connection: Connection,
    ) -> Written:
        writing = Writing(self.installation, connection, request.requester, request.now)
        writing.until = until
        answer = _outcome(job, writing)
        consents = tuple(dict.fromkeys(writing.consents))
        persons, agreed = frozenset(writing.persons), tuple(writing.agreed)
        found = Found(answer, tuple(writing.entities), consents, persons, agreed)
        if writing.asked is not None:
            request = request._replace(query=writing.asked)
        row = recorded(request, found, self.installation.policy.version)
        raises = writing.matters and 400 <= answer.status < 500
        instead = partial(self._handed_up, request, found, writing.matters) if raises else None
        return Written(answer, row, keep=answer.status < 400, instead=instead)

    def _handed_up(
        self, request: Request, found: Found, matters: list[Matter], connection: Connection
    ) -> Written:
        """What is raised although the request is refused, with the row that says so."""
        writing = Writing(self.installation, connection, request.requester, request.now)
        written = [one for each in matters for one in hand_up(writing, each)]
        entities = dict.fromkeys(name for each in written for name in each.entities)
        persons = found.persons.union(*(each.persons for each in written))
        raised = replace(found, entities=(*found.entities, *entities), persons=persons)
        return Written(found.answer, recorded(request, raised, self.installation.policy.version))

    async def _recorded(self, answer: Answer, row: Recorded) -> Answer:
        """The answer once its row is durable; 503 where it cannot be."""
        try:
            await self.installation.recorder.record(row)
        except STORAGE_ERRORS:
            return refused(NO_AUDIT)
        return answer


def _outcome(job: Callable[[Writing], Answer | Refused], writing: Writing) -> Answer:
    """What the job comes to; a bug in it is an answer too, so that it leaves its row."""
    try:
        outcome = job(writing)
        if not isinstance(outcome, Refused) and outcome.status < 400:
            tell(writing)
    except STORAGE_ERRORS:
        raise  # nothing of the job stands
    except TooLongError:
        return refused(TOO_LONG)
    except Exception as error:
        return failed(error)
    return no(outcome) if isinstance(outcome, Refused) else outcome
