"""Two servers that differ only in what a requester may not see answer byte for byte the same.

Both have one clock and one source of ids, so nothing is made alike before it is compared: status,
headers in their order, body. What numbers requests (X-Request-Id) and what a salted hash is signed
with (a log entry's receipt) is left out.
"""

from __future__ import annotations

import os
import random
import shutil
from asyncio import Runner
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from absence_client import Client
from absence_kinds import KINDS
from absence_retelling import heard_of, retold
from absence_server import Sent, Server
from absence_story import Known, Story
from absence_telling import about_people
from postgres_server import Databases

from gateway.keys import Keys

FULL = os.environ.get("ONESTORY_FULL") == "1"
LENGTH = 25  # requests of one sequence
SEQUENCES = 10 if FULL else 4  # told to one pair of servers, one after another
# Pairs of servers: for each database and each kind of requester.
PAIRS = {"sqlite": 80 if FULL else 2, "postgres": 20 if FULL else 1}
ASKERS = {"a service": "DA1", "the person": "PO1"}

Opening = Callable[[], Server]


@dataclass
class Pair:
    """The whole store and the one without what is withheld, and who asks both."""

    whole: Server
    without: Server
    known: Known
    ods: str
    step: int = 10_000

    @property
    def patient(self) -> str | None:
        return self.known.person if self.ods == "PO1" else None

    def differing(self, seed: str) -> list[str]:
        """What one sequence of requests brought that was not the same from both."""
        client = Client(self.known, random.Random(seed))  # noqa: S311 - told again by its seed
        for _ in range(LENGTH):
            name = client.rng.choice(sorted(KINDS))
            sent = KINDS[name](client)
            self.step += 1
            before = [server.rows() for server in self.servers]
            answers = []
            for server in self.servers:
                server.steps.begin(f"step {self.step}", self.step)
                answers.append(server.ask(sent, server.token(self.ods, self.patient)))
            left = [now.rows() - was for now, was in zip(self.servers, before, strict=True)]
            if answers[0] != answers[1] or left[0] != left[1]:
                return [f"{name}: {sent}", *map(str, answers), f"rows: {left}"]
            client.learn(answers[0])
        return []

    @property
    def servers(self) -> tuple[Server, Server]:
        return self.whole, self.without


def pair(opened: Opening, seed: int, ods: str) -> Pair:
    """A story told three times: to learn what is withheld, with it, and without it."""
    first = opened()
    story = Story(first, random.Random(seed), ods)  # noqa: S311 - told again by its seed
    known = about_people(story)
    withheld = heard_of(story, known, first.requester(ods, known.person if ods == "PO1" else None))
    whole, without = opened(), opened()
    retold(story.acts, whole, None)
    retold(story.acts, without, withheld)
    return Pair(whole, without, known, ods)


@pytest.fixture
def opened_on_sqlite(
    migrated_file: Path, in_memory: Path, server_keys: Keys, runner: Runner
) -> Iterator[Opening]:
    servers: list[Server] = []

    def opened() -> Server:
        path = in_memory / f"{len(servers)}.db"
        shutil.copy(migrated_file, path)
        servers.append(Server(f"sqlite:///{path}", server_keys, runner))
        return servers[-1]

    yield opened
    for server in servers:
        server.close()


@pytest.fixture
def opened_on_postgres(
    postgres: Databases, migrated_postgres: str, server_keys: Keys, runner: Runner
) -> Iterator[Opening]:
    servers: list[tuple[Server, str]] = []

    def opened() -> Server:
        name = postgres.create(migrated_postgres)
        servers.append((Server(postgres.url(name), server_keys, runner), name))
        return servers[-1][0]

    yield opened
    for server, name in servers:
        server.close()
        postgres.drop(name)


CASES = [
    pytest.param(database, seed, ods, id=f"{database}-{who}-{seed}")
    for database, pairs in PAIRS.items()
    for who, ods in ASKERS.items()
    for seed in range(pairs)
]


@pytest.mark.parametrize(("database", "seed", "ods"), CASES)
def test_what_is_withheld_changes_no_byte(
    request: pytest.FixtureRequest, database: str, seed: int, ods: str
) -> None:
    both = pair(request.getfixturevalue(f"opened_on_{database}"), seed, ods)
    assert both.known.withheld
    for place in range(SEQUENCES):
        assert both.differing(f"{seed}/{place}") == []


def test_the_comparison_notices_what_is_shown(opened_on_sqlite: Opening) -> None:
    both = pair(opened_on_sqlite, 0, "DA1")
    authors = [both.without.token(ods) for ods in ("RX1", "HO1")]
    gone = [
        both.without.ask(Sent("DELETE", f"/fhir/{each}"), author).status
        for each in both.known.shown
        for author in authors
    ]
    assert 204 in gone
    assert any(both.differing(str(seed)) for seed in range(20))


def test_there_are_more_than_forty_kinds_of_request() -> None:
    assert len(KINDS) > 40
