"""One snapshot for each look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.storage.connection import Connection

Seen = TypeVar("Seen")


class Reading(Protocol):
    """Where a database is read."""

    async def look(self, look: Callable[[Connection], Seen]) -> Seen:
        """What `look` finds in one snapshot, which ends before anything is awaited."""
        ...

    def close(self) -> None: ...


class InTheLoop:
    """SQLite, read in the event loop: a hop to a thread costs more than the read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def look(self, look: Callable[[Connection], Seen]) -> Seen:
        self._connection.begin(writing=False)
        try:
            return look(self._connection)
        finally:
            self._connection.commit()

    def close(self) -> None:
        self._connection.close()
