"""Entry ids met so far, on disk once they are many: a log of any length is checked."""

from __future__ import annotations

from contextlib import closing

from gateway.audit.spilling import Spilling

_TABLE = "CREATE TABLE seen (id TEXT PRIMARY KEY, position INTEGER) WITHOUT ROWID"


class Seen(Spilling):
    """Remembers where each id was first met. Used in a `with` block."""

    def __init__(self) -> None:
        super().__init__(_TABLE)

    def before(self, entry_id: str, position: int) -> int | None:
        """Where the id was met before; None, and remembered, where it was not."""
        with closing(
            self._held.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (entry_id, position))
        ) as added:
            if added.rowcount == 1:
                return None
        row = self._held.execute("SELECT position FROM seen WHERE id = ?", (entry_id,)).fetchone()
        return int(row[0])
