"""The one writer: many requests share one durable commit.

A job runs inside the group's transaction under its own savepoint: what it changes stands or falls
alone, and its answer is given only when the whole group is durable. The audit entries that jobs
return are appended, and the tree's new checkpoint signed, in the same transaction.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.audit.entry import Recorded

MOST_JOBS_A_GROUP = 256


@dataclass(frozen=True, slots=True)
class Written:
    """What a job leaves: its answer, and the audit entry that must be durable with it."""

    answer: Any
    entry: Recorded | None = None
    keep: bool = True  # False: roll the job's own changes back, keep the entry


Job = Callable[[sqlite3.Connection], Written]
Append = Callable[[sqlite3.Connection, list[Recorded]], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class _Pending:
    job: Job
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer:
    """Runs jobs in order on one connection, in one thread, a group at a time.

    `append` writes a group's audit entries and returns what to do once they are durable (the
    checkpoint file outside the database).
    """

    def __init__(self, connection: sqlite3.Connection, append: Append) -> None:
        self._connection = connection
        self._append = append
        self._jobs: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def submit(self, job: Job) -> Any:
        """The job's answer, once what it wrote is durable; its exception if it raised.

        A job whose caller gave up is not run, and where it was running changes nothing.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put(_Pending(job, loop, future))
        return await future

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

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
            self._write(group)
            if stop:
                return

    def _write(self, group: list[_Pending]) -> None:
        outcomes: list[tuple[_Pending, Any, BaseException | None]] = []
        entries: list[Recorded] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for pending in group:
                if pending.future.cancelled():
                    continue
                try:
                    written = self._one(pending)
                except Exception as error:
                    if not self._connection.in_transaction:
                        raise  # the database ended it: nothing of the group stands
                    outcomes.append((pending, None, error))
                    continue
                outcomes.append((pending, written.answer, None))
                if written.entry is not None:
                    entries.append(written.entry)
            afterwards = self._append(self._connection, entries) if entries else None
            self._connection.execute("COMMIT")
            if afterwards is not None:
                afterwards()
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            outcomes = [(pending, None, error) for pending in group]
        for pending, answer, failure in outcomes:
            with suppress(RuntimeError):  # the loop that asked has ended
                pending.loop.call_soon_threadsafe(_settle, pending.future, answer, failure)

    def _one(self, pending: _Pending) -> Written:
        self._connection.execute("SAVEPOINT job")
        try:
            written = pending.job(self._connection)
        except BaseException:
            self._connection.execute("ROLLBACK TO job")
            self._connection.execute("RELEASE job")
            raise
        if pending.future.cancelled():
            written = Written(None, keep=False)
        if not written.keep:
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        return written


def _settle(future: asyncio.Future[Any], answer: Any, failure: BaseException | None) -> None:
    if future.cancelled():
        return
    if failure is None:
        future.set_result(answer)
    else:
        future.set_exception(failure)
