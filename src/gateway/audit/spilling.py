"""A table of this process alone: in memory while it is small, then in a temporary file."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self

_CACHE_KIB = 32_768


class Spilling:
    """Used in a `with` block; what it holds is gone after it."""

    def __init__(self, table: str) -> None:
        self._held = sqlite3.connect("", isolation_level=None)  # an unnamed database
        self._held.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._held.execute("PRAGMA journal_mode=OFF")
        self._held.execute(table)
        self._held.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()
