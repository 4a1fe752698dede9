"""Entry ids met so far, on disk once they are many: a log of any length is checked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import TracebackType

_CACHE_KIB = 32_768


class Seen:
    """Remembers where each id was first met. Used in a `with` block."""

    def __init__(self) -> None:
        # An unnamed database: in memory up to the cache's size, then a temporary file.
        self._held = sqlite3.connect("", isolation_level=None)
        self._held.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._held.execute("PRAGMA journal_mode=OFF")
        self._held.execute(
            "CREATE TABLE seen (id TEXT PRIMARY KEY, position INTEGER) WITHOUT ROWID"
        )
        self._held.execute("BEGIN")

    def __enter__(self) -> Seen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    def before(self, entry_id: str, position: int) -> int | None:
        """Where the id was met before; None, and remembered, where it was not."""
        with closing(
            self._held.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (entry_id, position))
        ) as added:
            if added.rowcount == 1:
                return None
        row = self._held.execute("SELECT position FROM seen WHERE id = ?", (entry_id,)).fetchone()
        return int(row[0])
