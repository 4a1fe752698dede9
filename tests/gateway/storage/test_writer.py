"""The one writer: jobs share a commit, and each stands or falls alone."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.entry import Entry, Recorded
from gateway.storage.connection import Sqlite
from gateway.storage.writer import Job, Writer, Written


class Store:
    """A database with one table for what jobs write and one for what is recorded of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.appended: list[int] = []
        self.published = 0
        self.full = False
        with self.read() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE kept (name TEXT UNIQUE)")
            connection.execute("CREATE TABLE log (id TEXT)")
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, factory=Sqlite
        )
        self.writer = Writer(connection, self._append, connection.begin_at_once)

    def read(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None)

    def names(self, table: str = "kept") -> list[str]:
        column = {"kept": "name", "log": "id"}[table]
        return [row[0] for row in self.read().execute(f"SELECT {column} FROM {table}")]

    def _append(
        self, connection: sqlite3.Connection, recorded: list[Recorded]
    ) -> Callable[[], None]:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        self.appended.append(len(recorded))
        rows = [(each.entry.id,) for each in recorded]
        connection.executemany("INSERT INTO log(id) VALUES (?)", rows)
        return self._publish

    def _publish(self) -> None:
        self.published += 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "jobs.db")
    yield made
    made.writer.close()


def _entry(name: str) -> Recorded:
    return Recorded(
        Entry(
            id=name,
            at="2026-05-03T10:00:00Z",
            action="C",
            interaction="create",
            outcome="permitted",
            organization="Organization/1",
            client="c",
            role="service",
            purpose="TREAT",
        )
    )


def keeping(name: str, *, keep: bool = True) -> Job:
    def job(connection: sqlite3.Connection) -> Written:
        connection.execute("INSERT INTO kept(name) VALUES (?)", (name,))
        return Written(name, _entry(name), keep=keep)

    return job


def together(store: Store, *jobs: Job) -> list[Any]:
    """The outcomes of jobs that wait while another runs, so that they are one group."""
    begun, go = threading.Event(), threading.Event()

    def first(_: sqlite3.Connection) -> Written:
        begun.set()
        go.wait(5)
        return Written("first")

    async def ask() -> list[Any]:
        leading = asyncio.ensure_future(store.writer.submit(first))
        await asyncio.to_thread(begun.wait, 5)
        waiting = [asyncio.ensure_future(store.writer.submit(job)) for job in jobs]
        await asyncio.sleep(0)
        go.set()
        await leading
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(ask())


def test_what_is_answered_is_durable(store: Store) -> None:
    assert asyncio.run(store.writer.submit(keeping("a"))) == "a"
    assert store.names() == store.names("log") == ["a"]


def test_jobs_that_wait_share_one_commit(store: Store) -> None:
    assert together(store, *map(keeping, "abc")) == ["a", "b", "c"]
    assert store.appended == [3]
    assert store.published == 1


def test_a_job_that_breaks_leaves_the_others_alone(store: Store) -> None:
    def broken(connection: sqlite3.Connection) -> Written:
        connection.execute("INSERT INTO kept(name) VALUES ('half')")
        raise RuntimeError("a bug")

    outcomes = together(store, keeping("a"), broken, keeping("b"))
    assert outcomes[0::2] == ["a", "b"]
    assert isinstance(outcomes[1], RuntimeError)
    assert store.names() == store.names("log") == ["a", "b"]


def test_a_refused_job_keeps_its_row_and_nothing_else(store: Store) -> None:
    outcomes = together(store, keeping("a"), keeping("no", keep=False), keeping("b"))
    assert outcomes == ["a", "no", "b"]
    assert store.names() == ["a", "b"]
    assert store.names("log") == ["a", "no", "b"]


def test_a_job_sees_what_the_job_before_it_wrote(store: Store) -> None:
    def counting(connection: sqlite3.Connection) -> Written:
        (found,) = connection.execute("SELECT count(*) FROM kept").fetchone()
        return Written(found)

    assert together(store, keeping("a"), keeping("no", keep=False), counting) == ["a", "no", 1]


def test_nothing_is_answered_where_nothing_can_be_recorded(store: Store) -> None:
    store.full = True
    outcomes = together(store, keeping("a"), keeping("b"))
    assert all(isinstance(each, sqlite3.OperationalError) for each in outcomes)
    assert store.names() == store.names("log") == []
    store.full = False
    assert asyncio.run(store.writer.submit(keeping("c"))) == "c"


def test_a_transaction_that_the_database_ended_takes_the_whole_group_along(store: Store) -> None:
    """As SQLite does where the disk is full: later jobs must not commit without their rows."""

    def ending(connection: sqlite3.Connection) -> Written:
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    outcomes = together(store, keeping("a"), ending, keeping("b"))
    assert all(isinstance(each, sqlite3.Error) for each in outcomes)
    assert store.names() == store.names("log") == []
    assert asyncio.run(store.writer.submit(keeping("c"))) == "c"


def test_a_job_whose_caller_gave_up_changes_nothing(store: Store) -> None:
    """Also where it had begun: the caller was told that nothing was done."""
    begun = threading.Event()

    def slow(connection: sqlite3.Connection) -> Written:
        begun.set()
        time.sleep(0.2)
        return keeping("slow")(connection)

    async def give_up() -> None:
        waiting = asyncio.ensure_future(store.writer.submit(slow))
        await asyncio.to_thread(begun.wait, 5)
        never_begun = asyncio.ensure_future(store.writer.submit(keeping("never")))
        await asyncio.sleep(0)
        waiting.cancel()
        never_begun.cancel()
        await asyncio.gather(waiting, never_begun, return_exceptions=True)

    asyncio.run(give_up())
    assert asyncio.run(store.writer.submit(keeping("after"))) == "after"
    assert store.names() == store.names("log") == ["after"]


def test_what_was_accepted_before_the_end_is_durable(tmp_path: Path) -> None:
    store = Store(tmp_path / "ending.db")
    together(store, *map(keeping, "ab"))
    store.writer.close()
    assert sorted(store.names()) == ["a", "b"]
