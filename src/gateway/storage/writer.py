"""The one writer: many requests share one durable commit.

A job runs inside the group's transaction under its own savepoint: what it changes stands or falls
alone, and its answer is given only when the whole group is durable. The audit entries that jobs
return are appended, and the tree's new checkpoint signed, in the same transaction. A request that
changes nothing hands in its entry alone: a row among others, without a savepoint.

Groups follow each other on one connection. What a group of entries alone needs of the interpreter
is so little that the event loop does it, and a thread only makes it durable: two threads that take
the interpreter from each other at every statement cost more than the work. Where the disk is faster
than the way to the thread and back, the loop does that too. Jobs run in the thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple

from gateway.audit.entry import Recorded
from gateway.storage.connection import STORAGE_ERRORS, Connection

MOST = 256  # jobs in a group
GATHERING = 0.008  # seconds that a group waits at most for those who are still coming
QUICK = 0.003  # seconds: a commit that takes less is made in the loop


@dataclass(frozen=True, slots=True)
class Written:
    """What a job leaves: its answer, and the audit entry that must be durable with it."""

    answer: Any
    entry: Recorded | None = None
    keep: bool = True  # False: roll the job's own changes back, keep the entry
    instead: Job | None = None  # what stands in place of what was rolled back


Job = Callable[[Connection], Written]
Append = Callable[[Connection, list[Recorded]], Callable[[], None]]


class _Pending(NamedTuple):
    """A job, or an entry that needs none, and who waits for it."""

    job: Job | Recorded
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


_Outcome = tuple[_Pending, Any, BaseException | None]
_Group = list[_Pending]
_Work = Callable[[], list[_Outcome]]


class Writer:
    """Runs jobs in order on one connection, a group at a time.

    `append` writes a group's audit entries and returns what to do once they are durable (the
    checkpoint file outside the database).
    """

    def __init__(
        self,
        connection: Connection,
        append: Append,
        at_once: Callable[[], None] | None = None,
    ) -> None:
        """`at_once` begins a transaction in the event loop, or fails without waiting; None where
        the database is too far away for that, and a thread does all."""
        self._connection = connection
        self._at_once = at_once
        self._append = append
        self._waiting: deque[_Pending] = deque()
        self._under_way = False  # a group is, or is about to be
        self._commit = 1.0  # seconds that commits took of late
        self._lock = threading.Lock()
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
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
        """What was accepted becomes durable first."""
        self._work.put(None)
        self._thread.join()
        while group := self._taken():
            _settle_all(self._write(group))
        self._connection.close()

    async def _wait_for(self, job: Job | Recorded) -> Any:
        loop = asyncio.get_running_loop()
        pending = _Pending(job, loop, loop.create_future())
        with self._lock:
            self._waiting.append(pending)
            begins, self._under_way = not self._under_way, True
        if begins:
            self._gather()
        return await pending.future

    def _gather(self, seen: int = 0, until: float = 0.0) -> None:
        """Begin the next group, once a turn of the loop has brought nobody else who waits: who
        come together share a commit, and who comes alone waits for a turn and no longer."""
        loop = asyncio.get_running_loop()
        waiting = len(self._waiting)
        until = until or loop.time() + GATHERING
        if seen < waiting < MOST and loop.time() < until:
            loop.call_soon(self._gather, waiting, until)
        else:
            self._next()

    def _taken(self) -> _Group:
        """The next group; empty where nobody waits, and then none is under way."""
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._under_way = bool(group)
        return group

    def _next(self) -> None:
        """Begin the next group, in the event loop."""
        group = self._taken()
        if not group:
            return
        entries = [pending.job for pending in group if isinstance(pending.job, Recorded)]
        alone = len(entries) == len(group)
        begun = self._begun(group, entries, self._at_once) if alone and self._at_once else None
        if begun is not None and self._commit < QUICK:
            self._finish(begun)
        else:
            self._work.put(begun or partial(self._write, group))

    def _begun(
        self, group: _Group, entries: list[Recorded], begin: Callable[[], None]
    ) -> _Work | None:
        """What makes a group of entries durable; None where it has to wait for another process."""
        try:
            begin()
        except STORAGE_ERRORS:
            return None
        try:
            afterwards = self._append(self._connection, entries)
        except Exception as error:
            return partial(self._given_up, group, error)
        return partial(self._committed, group, afterwards)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            self._finish(work)

    def _finish(self, work: _Work) -> None:
        _settle_all(work())
        self._go_on()

    def _go_on(self) -> None:
        """Begin the next group in the loop of whoever waits longest; a loop that has ended waits
        for nothing any more."""
        while True:
            with self._lock:
                first = self._waiting[0] if self._waiting else None
                self._under_way = first is not None
            if first is None:
                return
            try:
                first.loop.call_soon_threadsafe(self._gather)
            except RuntimeError:
                with self._lock:
                    self._waiting.popleft()
            else:
                return

    def _committed(self, group: _Group, afterwards: Callable[[], None]) -> list[_Outcome]:
        begun = time.perf_counter()
        try:
            self._connection.commit()
            afterwards()
        except BaseException as error:
            return self._given_up(group, error)
        taken = time.perf_counter() - begun
        self._commit = max(taken / 2, (self._commit * 7 + taken) / 8)  # slow is noticed at once
        return [(pending, None, None) for pending in group]

    def _given_up(self, group: _Group, error: BaseException) -> list[_Outcome]:
        if self._connection.in_transaction:
            self._connection.rollback()
        return [(pending, None, error) for pending in group]

    def _write(self, group: _Group) -> list[_Outcome]:
        entries: list[Recorded] = []
        try:
            self._connection.begin(writing=True)
            waiting = [pending for pending in group if not pending.future.cancelled()]
            outcomes = [self._outcome(pending, entries) for pending in waiting]
            afterwards = self._append(self._connection, entries) if entries else _nothing
            self._connection.commit()
            afterwards()
        except BaseException as error:
            return self._given_up(group, error)
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
            if written.instead is not None and not future.cancelled():
                self._connection.execute("ROLLBACK TO job")
                written = written.instead(self._connection)
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


def _nothing() -> None:
    """No entry was appended."""


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
