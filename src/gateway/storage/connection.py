"""What the rest of the gateway needs of a database, SQLite and PostgreSQL alike.

SQL is written once: `?` for values, TRUE and FALSE, ON CONFLICT DO NOTHING, RETURNING. A list that
is too long for placeholders is one JSON value, in the phrases of `predicate_sql`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, cast

Values = Sequence[Any]
PATIENCE = 10_000  # milliseconds that one who writes waits for another


class PostgresError(Exception):
    """PostgreSQL refused or could not be reached; the cause is the driver's own exception."""


# What a caller catches where the database itself fails.
STORAGE_ERRORS = (sqlite3.Error, PostgresError)


class Cursor(Protocol):
    """The rows of one statement."""

    @property
    def rowcount(self) -> int: ...
    @property
    def description(self) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One connection in autocommit mode: transactions are always explicit."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, values: Values = ..., /) -> Cursor: ...
    def executemany(self, sql: str, rows: Iterable[Values], /) -> object: ...
    def begin(self, *, writing: bool) -> None:
        """One snapshot for reading; for writing, the one transaction that changes data."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


class Sqlite(sqlite3.Connection):
    """An SQLite database as a `Connection`."""

    def begin(self, *, writing: bool) -> None:
        self.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    def begin_at_once(self) -> None:
        """As for writing; an error, and no transaction, where another process writes."""
        self.execute("PRAGMA busy_timeout=0")
        try:
            self.begin(writing=True)
        finally:
            self.execute(f"PRAGMA busy_timeout={PATIENCE}")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All of it durable at the end, or nothing."""
    connection.begin(writing=True)
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def inserted(cursor: Cursor) -> int:
    """The number that a row was given by an INSERT … RETURNING."""
    return cast("int", cursor.fetchone()[0])
