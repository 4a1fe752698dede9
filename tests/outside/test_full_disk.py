"""A write that cannot be made durable is 503 and changes nothing; with room again all goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from answers import assert_outcome
from houses import House, situation_at, small_house
from little_room import Room, little_room
from made_up import alcohol_score, entry
from postgres_server import PostgresServer

ENTRIES = 200  # in a transaction: more than what is left in half-used pages
MOST = 200  # transactions until nothing fits any more


@pytest.fixture
def engine() -> None:
    """These tests make their databases where there is little room."""


@dataclass
class Cramped:
    house: House
    room: Room
    postgres: PostgresServer | None

    def comes_back(self) -> None:
        """With room again. PostgreSQL may have ended: it is started as an operator would."""
        self.room.free()
        until = time.monotonic() + 30
        while (
            self.house.trust.http.get(f"{self.house.server.base}/health/ready").status_code != 200
        ):
            assert time.monotonic() < until, self.house.server.log()[-2000:]
            if self.postgres is not None:
                self.postgres.start()
            time.sleep(0.1)


@pytest.fixture(params=["sqlite", "postgres"])
def cramped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cramped]:
    held: list[Cramped] = []

    def writers() -> list[int]:
        one = held[0]
        if one.postgres is None:
            assert one.house.server.process is not None
            return [one.house.server.process.pid]
        main = psutil.Process(one.postgres.pid)
        return [main.pid, *(each.pid for each in main.children(recursive=True))]

    with ExitStack() as stack:
        on_postgres = request.param == "postgres"
        room = stack.enter_context(
            little_room(tmp_path / "room", 256 if on_postgres else 24, writers)
        )
        postgres = None
        if on_postgres:
            postgres = PostgresServer(room.path, fsync=True).start()
            stack.callback(postgres.close)
        where = tmp_path / "server" if on_postgres else room.path / "server"
        house = small_house(where, None if postgres is None else postgres.databases)
        stack.callback(house.server.stop)
        held.append(Cramped(house, room, postgres))
        yield held[0]
        for client in house.clients:
            client.close()


@pytest.mark.timeout(240)
def test_a_full_disk_refuses_whole_and_takes_up_again(cramped: Cramped) -> None:
    house = cramped.house
    held = situation_at(house)
    before = held.writes(alcohol_score(held.at_trust, 3))
    assert house.trust.token
    cramped.room.fill()
    stored: list[str] = []
    for _ in range(MOST):
        scores = [alcohol_score(held.at_trust, number) for number in range(ENTRIES)]
        answer = house.trust.transact([entry(score) for score in scores])
        if answer.status_code != 200:
            break
        stored += [each["response"]["location"] for each in answer.json()["entry"]]
    assert_outcome(answer, 503)
    single = house.trust.post(alcohol_score(held.at_trust, 9999))
    assert single.status_code in (201, 503), single.text
    read = house.trust.get(before)
    assert read.status_code in (200, 503), read.text
    cramped.comes_back()
    after = held.writes(alcohol_score(held.at_trust, 4))
    assert house.trust.read(before)["valueQuantity"]["value"] == 3
    assert house.trust.read(after)["valueQuantity"]["value"] == 4
    counted = house.trust.get("Observation", patient=held.at_trust, _summary="count")
    expected = 2 + len(stored) + (single.status_code == 201)
    assert counted.json()["total"] == expected
    verified = house.server.verify()
    assert verified.returncode == 0, verified.stdout + verified.stderr
