"""One snapshot for each look."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from gateway.storage.connection import Connection, Values

Seen = TypeVar("Seen")
THREADS = 8  # more would only wait for each other


class Reading(Protocol):
    """Where a database is read."""

    async def look(self, look: Callable[[Connection], Seen], *, long: bool = False) -> Seen:
        """What `look` finds in one snapshot, which ends before anything is awaited; `long`: it may
        take so long that others should not have to wait for it."""
        ...

    async def row(self, sql: str, values: Values) -> Any:
        """The first row of one statement, in a snapshot that is not older than the request that
        asks; None where there is none."""
        ...

    def close(self) -> None: ...


class InTheLoop:
    """SQLite, read in the event loop: a hop to a thread costs more than the read. What may take
    long is read aside.

    Rows that are asked for in one turn of the loop share a snapshot, and what is asked twice is
    looked up once: to begin a snapshot costs more than to read a row. INVARIANT: its end is queued
    before it begins, so whoever is queued after it, and so every request that is received after it
    began, finds it ended.
    """

    def __init__(self, connection: Connection, aside: InThreads | None = None) -> None:
        self._connection = connection
        self._aside = aside
        self._rows: dict[tuple[str, Values], Any] = {}  # of this turn

    async def look(self, look: Callable[[Connection], Seen], *, long: bool = False) -> Seen:
        if long and self._aside is not None:
            return await self._aside.look(look)
        self._end()
        self._connection.begin(writing=False)
        try:
            return look(self._connection)
        finally:
            self._connection.commit()

    async def row(self, sql: str, values: Values) -> Any:
        if not self._connection.in_transaction:
            self._rows.clear()  # an error may have ended the last snapshot early
            asyncio.get_running_loop().call_soon(self._end)
            self._connection.begin(writing=False)
        asked = (sql, tuple(values))
        if asked not in self._rows:
            self._rows[asked] = self._connection.execute(sql, values).fetchone()
        return self._rows[asked]

    def _end(self) -> None:
        self._rows.clear()
        if self._connection.in_transaction:
            self._connection.commit()

    def close(self) -> None:
        if self._aside is not None:
            self._aside.close()
        self._connection.close()


class InThreads:
    """Read by a few threads, each with a connection of its own: PostgreSQL always is. What may
    take long is left to threads of its own."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        threads: int = THREADS,
        aside: InThreads | None = None,
    ) -> None:
        self._connect = connect
        self._aside = aside
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._own = threading.local()
        self._open: list[Connection] = []

    async def look(self, look: Callable[[Connection], Seen], *, long: bool = False) -> Seen:
        if long and self._aside is not None:
            return await self._aside.look(look)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._look, look)

    async def row(self, sql: str, values: Values) -> Any:
        return await self.look(lambda now: now.execute(sql, values).fetchone())

    def _look(self, look: Callable[[Connection], Seen]) -> Seen:
        connection = self._connection()
        connection.begin(writing=False)
        try:
            seen = look(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
        return seen

    def _connection(self) -> Connection:
        """This thread's own; made when it first reads."""
        held: Connection | None = getattr(self._own, "connection", None)
        if held is None:
            held = self._own.connection = self._connect()
            self._open.append(held)
        return held

    def close(self) -> None:
        if self._aside is not None:
            self._aside.close()
        self._threads.shutdown()
        for connection in self._open:
            connection.close()
