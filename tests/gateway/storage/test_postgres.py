"""PostgreSQL's own: what SQL becomes, what a lost connection or a failed commit comes to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from postgres_server import Databases

from gateway.actions.store import open_store
from gateway.keys import Keys
from gateway.storage.connection import PostgresError, transaction
from gateway.storage.database import (
    UnusableDatabaseError,
    connect,
    schema_is_current,
    shown,
)
from gateway.storage.postgres import Postgres, UnreachableError, database_name, translated
from gateway.storage.reading import InThreads

TELL = "SELECT value FROM stamp WHERE name = 'directory'"
TURN = "UPDATE stamp SET value = value + 1 WHERE name = 'directory'"


@pytest.fixture
def held(postgres_url: str) -> Iterator[Postgres]:
    with closing(Postgres(postgres_url)) as opened:
        yield opened


def _told(connection: Postgres) -> int:
    return int(connection.execute(TELL).fetchone()[0])


def _end_sessions(url: str) -> None:
    """What a restart of the server does to everyone else."""
    with psycopg.connect(url, autocommit=True) as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )


@pytest.mark.parametrize(
    ("ours", "theirs", "moments"),
    [
        ("a = ? AND b > ?", "a = $1 AND b > $2", ()),
        ("a IN () OR b NOT IN ()", "a = ANY ('{}') OR b <> ALL ('{}')", ()),
        ("d > -1767268800000000 AND e = ?", "d > $2 AND e = $1", (-1767268800000000,)),
        ("LIMIT ?", "LIMIT NULLIF($1, -1)", ()),
        (
            "v IN (SELECT value FROM json_each(?))",
            "v IN (SELECT jsonb_array_elements_text($1::jsonb) AS value)",
            (),
        ),
    ],
)
def test_what_is_written_once_is_what_postgres_takes(
    ours: str, theirs: str, moments: tuple[int, ...]
) -> None:
    assert translated(ours) == (theirs, moments)


def test_what_stands_within_quotes_is_no_moment() -> None:
    """Also where an id ends in digits alone."""
    sql = "SELECT 1 WHERE id = '9acb-769264155580' AND at < 1777802400000000 AND b = ?"
    theirs = "SELECT 1 WHERE id = '9acb-769264155580' AND at < $2 AND b = $1"
    assert translated(sql) == (theirs, (1777802400000000,))


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("postgresql://me:secret@db.test/story") == "postgresql://me:…@db.test/story"
    assert shown("postgresql://me@db.test/story") == "postgresql://me@db.test/story"
    assert database_name("postgresql://me:secret@db.test/story") == "story"


def test_a_commit_that_changed_nothing_is_no_commit(held: Postgres) -> None:
    """PostgreSQL answers it with ROLLBACK and no error."""
    before = _told(held)
    held.begin(writing=True)
    held.execute(TURN)
    with pytest.raises(PostgresError):
        held.execute("SELECT no_such_column FROM stamp")
    with pytest.raises(PostgresError):
        held.commit()
    assert not held.in_transaction
    assert _told(held) == before


def test_a_connection_that_was_lost_is_opened_anew(held: Postgres, postgres_url: str) -> None:
    before = _told(held)
    _end_sessions(postgres_url)
    with transaction(held):
        held.execute(TURN)
    assert _told(held) == before + 1


def test_a_connection_lost_in_a_transaction_loses_all_of_it(
    held: Postgres, postgres_url: str
) -> None:
    before = _told(held)
    held.begin(writing=True)
    held.execute(TURN)
    _end_sessions(postgres_url)
    with pytest.raises(PostgresError):
        held.execute(TURN)
    assert not held.in_transaction
    held.rollback()
    assert _told(held) == before


def test_one_look_sees_one_snapshot(held: Postgres, postgres_url: str) -> None:
    reading = InThreads(lambda: Postgres(postgres_url), threads=1)

    def twice(connection: object) -> tuple[int, int]:
        assert isinstance(connection, Postgres)
        first = _told(connection)
        with transaction(held):
            held.execute(TURN)
        return first, _told(connection)

    first, second = asyncio.run(reading.look(twice))
    assert first == second
    assert asyncio.run(reading.look(_told)) == first + 1
    reading.close()


def test_who_first_looks_while_it_is_away_finds_it_unreachable(
    postgres: Databases, migrated_postgres: str, keys: Keys
) -> None:
    name = postgres.create(migrated_postgres)
    with closing(open_store(postgres.url(name), keys.signer, None)) as store:
        assert asyncio.run(store.reading.row("SELECT 1", ())) == (1,)
        postgres.drop(name)
        for long in (False, True):
            with pytest.raises(UnreachableError):
                asyncio.run(store.reading.look(lambda now: now.execute("SELECT 1"), long=long))


def test_a_look_cannot_write(postgres_url: str) -> None:
    reading = InThreads(lambda: Postgres(postgres_url), threads=1)
    with pytest.raises(PostgresError):
        asyncio.run(reading.look(lambda connection: connection.execute(TURN)))
    reading.close()


def test_those_who_write_wait_for_each_other(held: Postgres, postgres_url: str) -> None:
    """And whoever waited sees what the one before wrote."""
    seen: list[int] = []

    def write() -> None:
        with closing(Postgres(postgres_url)) as other, transaction(other):
            seen.append(_told(other))

    before = _told(held)
    waiting = threading.Thread(target=write)
    with transaction(held):
        held.execute(TURN)
        waiting.start()
        waiting.join(0.3)
        assert seen == []
    waiting.join(10)
    assert seen == [before + 1]


def test_what_only_leaves_a_row_waits_for_nobody(held: Postgres, postgres_url: str) -> None:
    with closing(Postgres(postgres_url, serial=False)) as aside, transaction(held):
        aside.begin(writing=True)
        aside.commit()


def test_a_value_with_a_nul_is_found_nowhere_and_breaks_nothing(held: Postgres) -> None:
    found = held.execute("SELECT 1 FROM client WHERE id = ?", ("a\0b",))
    assert found.fetchone() is None


def test_where_no_server_answers_one_line_says_so() -> None:
    with pytest.raises(UnusableDatabaseError, match="no database answers"):
        connect("postgresql://me:secret@127.0.0.1:1/story")


def test_two_who_migrate_at_once_both_succeed(postgres: Databases) -> None:
    name = postgres.create()
    url: str = postgres.url(name)
    command = "import sys; from gateway.storage.database import migrate_schema as m; m(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", command, url]) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    with closing(connect(url)) as connection:
        assert schema_is_current(connection) is True
        partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'content'::regclass"
        assert connection.execute(partitions).fetchone() == (16,)
    postgres.drop(name)


def test_a_schema_of_another_age_is_known(held: Postgres) -> None:
    assert schema_is_current(held) is True
    held.execute("UPDATE alembic_version SET version_num = '0001'")
    assert schema_is_current(held) is False
