"""A database that says how it answers what it is asked."""

from __future__ import annotations

import sqlite3

from gateway.storage.connection import Sqlite


class Watched(Sqlite):
    """A database that says how it would answer each statement."""

    def __init__(self, path: str) -> None:
        super().__init__(path, isolation_level=None)
        self.steps: list[str] = []

    def execute(self, sql: str, values: object = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        plan = super().execute(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]
        self.steps += [row[3] for row in plan]
        return super().execute(sql, values)  # type: ignore[arg-type]
