"""kill -9 of the database server under load: the gateway goes on by itself when it is back."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from houses import House, small_house
from loads import LONGEST_LOAD, Seen, load_on, lost_writes, unlogged_releases
from postgres_server import PostgresServer

ROUNDS = 20 if os.environ.get("ONESTORY_FULL") == "1" else 4
AWAY = 503


@pytest.fixture
def engine() -> None:
    """These tests start a PostgreSQL of their own."""


@pytest.fixture
def killable() -> Iterator[PostgresServer]:
    """Its files are on a disk, and every commit is forced to it."""
    server = PostgresServer(fsync=True).start()
    yield server
    server.close()


@pytest.fixture
def house(killable: PostgresServer, tmp_path: Path) -> Iterator[House]:
    started = small_house(tmp_path / "server", killable.databases)
    yield started
    for client in started.clients:
        client.close()
    started.server.stop()


def _answers_again(house: House) -> None:
    """Without a restart of the gateway."""
    until = time.monotonic() + 20
    while house.trust.http.get(f"{house.server.base}/health/ready").status_code != 200:
        assert time.monotonic() < until, house.server.log()[-2000:]
        time.sleep(0.05)


@pytest.mark.timeout(60 * ROUNDS)
def test_a_kill_of_the_database_loses_no_write_and_leaves_no_release_unlogged(
    house: House, killable: PostgresServer
) -> None:
    chance = random.Random()  # noqa: S311 - the moment of the kill
    everything = Seen()
    load = load_on(house, spared=(AWAY,))
    for number in range(ROUNDS):
        seen = Seen()
        load.run(seen, chance.uniform(0.15, LONGEST_LOAD), number * 100, killable.kill)
        assert house.server.process is not None
        assert house.server.process.poll() is None, "the gateway ended with its database"
        assert house.trust.http.get(f"{house.server.base}/health/ready").status_code == AWAY
        killable.start()
        _answers_again(house)
        verified = house.server.verify()
        assert verified.returncode == 0, f"round {number}: {verified.stdout}{verified.stderr}"
        everything.read.update(seen.read)
        everything.written.update(seen.written)
        assert seen.faults == [], f"round {number}: {house.server.log()[-3000:]}"
        assert lost_writes(house, seen.written) == [], f"round {number}"
        latest = Counter({reference: everything.read[reference] for reference in seen.read})
        assert unlogged_releases(house, latest) == [], f"round {number}"
    assert len(everything.written) > ROUNDS
    assert sum(everything.read.values()) > ROUNDS
