"""PostgreSQL as a `Connection`: the SQL that SQLite takes, explicit transactions, prepared once.

A connection that was lost is opened anew with the next transaction: a server that was restarted
needs no restart of the gateway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any, LiteralString, cast

import psycopg
from psycopg import RawCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from gateway.storage.connection import Cursor, PostgresError, Values

# Advisory locks, one for each thing that only one transaction of all servers may do at a time.
WRITING, MIGRATING, SEQUENCING = 0x0E5701, 0x0E5702, 0x0E5703

_SESSION = (
    "SET synchronous_commit = on;"  # INVARIANT: acknowledged means on the disk
    "SET idle_in_transaction_session_timeout = '30s';"  # whoever holds a lock and died, frees it
    "SET lock_timeout = '20s'"
)
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# INVARIANT: not REPEATABLE READ. The snapshot would be older than the lock; here each statement
# sees what the one before who held the lock has committed.
_WRITING = f"BEGIN; SELECT pg_advisory_xact_lock({WRITING})"
MOST_ROWS = 64  # that one INSERT takes: few shapes, so that each is prepared
_STATEMENTS = 512  # kept prepared on each connection


class UnreachableError(PostgresError):
    """PostgreSQL cannot do its work now: it is away, out of space, or too busy."""


class Postgres:
    """One connection to a `postgresql://…` address.

    `serial`: its writing transactions are one after the other, across all servers. The log's own
    rows need no such order.
    """

    def __init__(self, url: str, *, serial: bool = True) -> None:
        self._url = url
        self._begin_writing = _WRITING if serial else "BEGIN"
        self._raw = _opened(url)

    @property
    def in_transaction(self) -> bool:
        return self._raw.info.transaction_status in (
            TransactionStatus.ACTIVE,
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
        )

    def execute(self, sql: str, values: Values = (), /) -> Cursor:
        text, numbers = translated(sql)
        given = (*map(_storable, values), *numbers)
        with _errors():
            found = self._cursor().execute(_literal(text), given, binary=True)
        return cast("Cursor", found)

    def executemany(self, sql: str, rows: Iterable[Values], /) -> None:
        """Rows that are inserted go together, as many in one statement as it takes."""
        held = list(rows)
        one = _ONE_ROW.fullmatch(sql)
        if one is None:
            for row in held:
                self.execute(sql, row)
            return
        head, marks, tail = one.groups()
        for start in range(0, len(held), MOST_ROWS):
            some = held[start : start + MOST_ROWS]
            text = f"{head}{','.join([marks] * len(some))}{tail}"
            self.execute(text, [value for row in some for value in row])

    def begin(self, *, writing: bool) -> None:
        words = self._begin_writing if writing else _READING
        try:
            self._say(words)
        except PostgresError:
            if not self._raw.closed:
                self.rollback()
                raise
            self._raw = _opened(self._url)
            self._say(words)

    def commit(self) -> None:
        """INVARIANT: PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK."""
        if self._say("COMMIT") != "COMMIT":
            raise PostgresError("the transaction had failed and was rolled back")

    def rollback(self) -> None:
        if self.in_transaction:
            self._say("ROLLBACK")

    def close(self) -> None:
        self._raw.close()

    def _cursor(self) -> RawCursor[Any]:
        if self._raw.closed:
            self._raw = _opened(self._url)
        return RawCursor(self._raw)

    def _say(self, words: str) -> str | None:
        with _errors():
            return self._raw.execute(_literal(words)).statusmessage


def database_name(url: str) -> str:
    """What the database of a `postgresql://…` address is called."""
    named = conninfo_to_dict(url)
    return str(named.get("dbname") or named.get("user") or "onestory")


def _opened(url: str) -> psycopg.Connection[Any]:
    with _errors():
        raw = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=5,
            application_name="onestory",
            prepare_threshold=2,
        )
        raw.prepared_max = _STATEMENTS
        for type_ in (int, bool):  # numbers are one type, flags are numbers, as in SQLite
            raw.adapters.register_dumper(type_, Int8BinaryDumper)
        raw.execute(_literal(_SESSION))
    return raw


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise UnreachableError(type(error).__name__) from error
    except psycopg.Error as error:
        raise PostgresError(type(error).__name__) from error


def _literal(sql: str) -> LiteralString:
    """Our own SQL: values are always bound."""
    return sql


_ONE_ROW = re.compile(r"(INSERT INTO .* VALUES )(\([?, ]+\))(.*)", re.DOTALL)
_PHRASES = (
    # Lists that are one JSON value: of numbers, of texts.
    (
        re.compile(r"SELECT CAST\(value AS INTEGER\) FROM json_each\(\?\)"),
        "SELECT jsonb_array_elements_text(?::jsonb)::bigint",
    ),
    (
        re.compile(r"SELECT value FROM json_each\(\?\)"),
        "SELECT jsonb_array_elements_text(?::jsonb) AS value",
    ),
    # What an entry of the log says.
    (
        re.compile(r"json_extract\(CAST\((\w+)\.entry AS TEXT\), '\$\.(\w+)'\)"),
        r"(convert_from(\1.entry, 'UTF8')::jsonb ->> '\2')",
    ),
    (
        re.compile(r"json_each\(CAST\((\w+)\.entry AS TEXT\), '\$\.(\w+)'\) (\w+)"),
        r"jsonb_array_elements_text(convert_from(\1.entry, 'UTF8')::jsonb -> '\2') AS \3(value)",
    ),
    # An empty list holds nothing.
    (re.compile(r"\bNOT IN \(\)"), "<> ALL ('{}')"),
    (re.compile(r"\bIN \(\)"), "= ANY ('{}')"),
    # No limit is -1.
    (re.compile(r"\bLIMIT \?"), "LIMIT NULLIF(?, -1)"),
)
_MARK = re.compile(r"\?")
_MOMENT = re.compile(r"'[^']*'|(?<![\w$.])(-?\d{10,})\b")  # microseconds; none within quotes


@lru_cache(maxsize=4_096)
def translated(sql: str) -> tuple[str, tuple[int, ...]]:
    """SQL as it is written once, as PostgreSQL takes it; and the moments in it, which follow the
    values: statements that differ in moments alone are prepared once."""
    for phrase, here in _PHRASES:
        sql = phrase.sub(here, sql)
    numbers = count(1)
    sql = _MARK.sub(lambda _: f"${next(numbers)}", sql)
    moments = tuple(int(each) for each in _MOMENT.findall(sql) if each)
    return _MOMENT.sub(lambda found: f"${next(numbers)}" if found[1] else found[0], sql), moments


def _storable(value: object) -> object:
    """PostgreSQL's text holds no NUL; a value with one is found nowhere, and stored nowhere."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
