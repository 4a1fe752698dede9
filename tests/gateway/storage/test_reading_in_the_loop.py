"""Rows of one turn of the loop share a snapshot; whoever comes later sees what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.storage.connection import Connection
from gateway.storage.database import connect
from gateway.storage.reading import InTheLoop

VALUE = "SELECT value FROM thing"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Connection]:
    with closing(connect(f"sqlite:///{tmp_path}/one.db")) as connection:
        connection.execute("CREATE TABLE thing (value INTEGER)")
        connection.execute("INSERT INTO thing VALUES (0)")
        yield connection


@pytest.fixture
def reading(tmp_path: Path, writer: Connection) -> Iterator[InTheLoop]:
    with closing(InTheLoop(connect(f"sqlite:///{tmp_path}/one.db"))) as reading:
        yield reading


async def value(reading: InTheLoop) -> int:
    row = await reading.row(VALUE, ())
    return int(row[0])


def raise_value(writer: Connection) -> None:
    writer.execute("UPDATE thing SET value = value + 1")


def test_rows_of_one_turn_are_of_one_snapshot(reading: InTheLoop, writer: Connection) -> None:
    async def one_turn() -> tuple[int, int]:
        before = await value(reading)
        raise_value(writer)
        return before, await value(reading)

    assert asyncio.run(one_turn()) == (0, 0)


def test_a_request_that_comes_after_a_change_sees_it(
    reading: InTheLoop, writer: Connection
) -> None:
    async def later() -> list[int]:
        seen = [await value(reading)]
        raise_value(writer)
        seen.append(await asyncio.create_task(value(reading)))
        return seen

    assert asyncio.run(later()) == [0, 1]


def test_whoever_waited_for_a_change_sees_it(reading: InTheLoop, writer: Connection) -> None:
    async def waited() -> list[int]:
        loop = asyncio.get_running_loop()
        seen = [await value(reading)]
        done = loop.create_future()
        raise_value(writer)
        loop.call_soon_threadsafe(done.set_result, None)
        await done
        seen.append(await value(reading))
        return seen

    assert asyncio.run(waited()) == [0, 1]


def test_a_look_is_a_snapshot_of_its_own(reading: InTheLoop, writer: Connection) -> None:
    async def looked() -> tuple[int, int, int]:
        before = await value(reading)
        raise_value(writer)
        looked = await reading.look(lambda now: int(now.execute(VALUE).fetchone()[0]))
        raise_value(writer)
        return before, looked, await value(reading)

    assert asyncio.run(looked()) == (0, 1, 2)


def test_no_snapshot_outlives_its_turn(reading: InTheLoop, writer: Connection) -> None:
    async def asked_and_waited() -> None:
        await value(reading)
        await asyncio.sleep(0)

    asyncio.run(asked_and_waited())
    writer.execute("PRAGMA busy_timeout=0")
    # Fails where a reader still holds an older snapshot.
    assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
