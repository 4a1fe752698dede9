"""Opening, creating and upgrading a database: an SQLite file, or one on a PostgreSQL server."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gateway.storage.connection import PATIENCE, Connection, PostgresError, Sqlite
from gateway.storage.postgres import Postgres

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # INVARIANT: acknowledged means on the disk
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={PATIENCE}",
    "PRAGMA wal_autocheckpoint=4000",  # pages, 16 MB: what is written again and again moves once
)
_KNOWN_TO_SQLITE = "SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'"
_KNOWN_TO_POSTGRES = "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"
_PASSWORD = re.compile(r"(//[^/@:]*):[^/@]*@")
CACHE = 32_768  # KiB; what is not there the system's own cache has
STATEMENTS = 256  # prepared once; each shape of a search is a text of its own
MIGRATIONS = Path(__file__).parent / "migrations"


class UnusableDatabaseError(Exception):
    """The database cannot be used as it is; the text says what to do, in one line."""


def is_postgres(url: str) -> bool:
    return url.startswith(("postgresql://", "postgres://"))


def shown(url: str) -> str:
    """The address as it may be printed: without a password."""
    return _PASSWORD.sub(r"\1:…@", url)


def exists(url: str) -> bool:
    """Whether there is a file; on a PostgreSQL server, a schema of whatever age."""
    if not is_postgres(url):
        return database_path(url).is_file()
    with closing(connect(url)) as connection:
        return schema_is_current(connection) is not None


def database_path(url: str) -> Path:
    """The file that a `sqlite:///PATH` URL names; four slashes make it absolute."""
    parts = urlsplit(url)
    if parts.scheme != "sqlite" or parts.netloc or len(parts.path) < 2:
        raise UnusableDatabaseError(
            f"not a database address: {shown(url)!r}; give sqlite:///PATH or postgresql://…"
        )
    return Path(unquote(parts.path[1:]))


def connect(url: str) -> Connection:
    """A connection in autocommit mode, so that transactions are always explicit."""
    return _connect_postgres(url) if is_postgres(url) else connect_sqlite(url)


def connect_sqlite(url: str, cache: int = CACHE) -> Sqlite:
    """The same, to the file that the address names; `cache` in KiB of its pages."""
    path = database_path(url)
    if not path.parent.is_dir():
        raise UnusableDatabaseError(
            f"no folder {str(path.parent)!r} for the database; make it first"
        )
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS,
        factory=Sqlite,
    )
    for pragma in (*PRAGMAS, f"PRAGMA cache_size=-{cache}"):
        connection.execute(pragma)
    return connection


def _connect_postgres(url: str) -> Connection:
    try:
        return Postgres(url)
    except PostgresError as error:
        raise UnusableDatabaseError(f"no database answers at {shown(url)!r}") from error


def migrate_schema(url: str, step: str = "head") -> None:
    """Bring the schema up to date, or to a step. Safe to run twice, and beside a running server."""
    from alembic import command  # read here: it would be a third of every command's start
    from alembic.config import Config

    connect(url).close()  # the file, in WAL mode, before anything looks at it
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    address = url if is_postgres(url) else f"sqlite:///{database_path(url)}"
    configuration.attributes["url"] = address
    command.upgrade(configuration, step)


def claim(connection: Connection, mark: str) -> None:
    """Hold the database to the keys that it was made with; the first to come makes it theirs."""
    row = connection.execute("SELECT mark FROM installation").fetchone()
    if row is None:
        connection.execute("INSERT INTO installation(mark) VALUES (?)", (mark,))
    elif row[0] != mark:
        raise UnusableDatabaseError("the database was made with other keys; name those")


def schema_is_current(connection: Connection) -> bool | None:
    """True where the schema is today's, False where it is older, None where there is none."""
    known = _KNOWN_TO_SQLITE if isinstance(connection, Sqlite) else _KNOWN_TO_POSTGRES
    if connection.execute(known).fetchone() is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row is not None and row[0] == _head()


def _head() -> str:
    """The newest step: the name of each begins with the number that is its revision."""
    return max(step.name for step in (MIGRATIONS / "versions").glob("v*.py"))[1:5]
