"""The one writer: many requests share one durable commit.

A job runs inside the group's transaction under its own savepoint: what it changes stands or falls
alone, and its answer is given only when the whole group is durable. The audit entries that jobs
return are appended, and the tree's new checkpoint signed, in the same transaction. A request that
changes nothing hands in its entry alone: a row among others, without a savepoint.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.audit.entry import Recorded
from gateway.storage.connection import Connection

MOST_JOBS_A_GROUP = 256


@dataclass(frozen=True, slots=True)
class Written:
    """What a job leaves: its answer, and the audit entry that must be durable with it."""

    answer: Any
    entry: Recorded | None = None
    keep: bool = True  # False: roll the job's own changes back, keep the entry


Job = Callable[[Connection], Written]
Append = Callable[[Connection, list[Recorded]], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class _Pending:
    """A job, or an entry that needs none, and who waits for it."""

    job: Job | Recorded
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


_Outcome = tuple[_Pending, Any, BaseException | None]


class Writer:
    """Runs jobs in order on one connection, in one thread, a group at a time.

    `append` writes a group's audit entries and returns what to do once they are durable (the
    checkpoint file outside the database).
    """

    def __init__(self, connection: Connection, append: Append) -> None:
        self._connection = connection
        self._append = append
        self._jobs: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def submit(self, job: Job) -> Any:
        """The job's answer, once what it wrote is durable; its exception if it raised.

        A job whose caller gave up is not run, and where it was running changes nothing.
        """
        return await self._wait_for(job)

    async def record(self, entry: Recorded) -> None:
        """Returns once the entry is durable."""
        await self._wait_for(entry)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    async def _wait_for(self, job: Job | Recorded) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put(_Pending(job, loop, future))
        return await future

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            stop = False
            while len(group) < MOST_JOBS_A_GROUP:
                try:
                    following = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    stop = True
                    break
                group.append(following)
            _settle_all(self._write(group))
            if stop:
                return

    def _write(self, group: list[_Pending]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        entries: list[Recorded] = []
        try:
            self._connection.begin(writing=True)
            waiting = (pending for pending in group if not pending.future.cancelled())
            outcomes.extend(self._outcome(pending, entries) for pending in waiting)
            afterwards = self._append(self._connection, entries) if entries else None
            self._connection.commit()
            if afterwards is not None:
                afterwards()
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            return [(pending, None, error) for pending in group]
        return outcomes

    def _outcome(self, pending: _Pending, entries: list[Recorded]) -> _Outcome:
        if isinstance(pending.job, Recorded):
            entries.append(pending.job)
            return pending, None, None
        try:
            written = self._one(pending.job, pending.future)
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # the database ended it: nothing of the group stands
            return pending, None, error
        if written.entry is not None:
            entries.append(written.entry)
        return pending, written.answer, None

    def _one(self, job: Job, future: asyncio.Future[Any]) -> Written:
        self._connection.execute("SAVEPOINT job")
        try:
            written = job(self._connection)
        except BaseException:
            self._connection.execute("ROLLBACK TO job")
            self._connection.execute("RELEASE job")
            raise
        if future.cancelled():
            written = Written(None, keep=False)
        if not written.keep:
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        return written


def _settle_all(outcomes: list[_Outcome]) -> None:
    """One call into each loop that waits, whatever the number of jobs."""
    for loop in dict.fromkeys(pending.loop for pending, _, _ in outcomes):
        own = [outcome for outcome in outcomes if outcome[0].loop is loop]
        with suppress(RuntimeError):  # the loop that asked has ended
            loop.call_soon_threadsafe(_settle, own)


def _settle(outcomes: list[_Outcome]) -> None:
    for pending, answer, failure in outcomes:
        if pending.future.cancelled():
            continue
        if failure is None:
            pending.future.set_result(answer)
        else:
            pending.future.set_exception(failure)
