"""Who looks in an emergency cannot tell what is withheld from what was never there."""

from __future__ import annotations

import random
import shutil
from asyncio import Runner
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from absence_client import Client
from absence_kinds import KINDS
from absence_retelling import heard_of, retold
from absence_server import BASE, EVER, JWKS, Server
from absence_story import Known, Story
from absence_telling import about_people

from gateway.auth.access_token import Granted, sign
from gateway.auth.client import key_mark
from gateway.auth.requester import Requester
from gateway.keys import Keys

LENGTH = 60  # requests of one sequence
REFERRAL = " "  # what goes elsewhere is no secret in an emergency
BEGUN = 9_000  # the step at which the glass is broken: each is a minute


@pytest.fixture
def opened(
    migrated_file: Path, in_memory: Path, server_keys: Keys, runner: Runner
) -> Iterator[Callable[[], Server]]:
    servers: list[Server] = []

    def another() -> Server:
        path = in_memory / f"{len(servers)}.db"
        shutil.copy(migrated_file, path)
        servers.append(Server(f"sqlite:///{path}", server_keys, runner))
        return servers[-1]

    yield another
    for server in servers:
        server.close()


def in_an_emergency(server: Server, known: Known) -> Requester:
    """Someone of the drugs service, about the person whom the story is about."""
    return replace(
        server.requester("DA1"),
        purpose="BTG",
        patient=known.patients[0],
        practitioner="https://fhir.nhs.uk/Id/sds-user-id|555000111",
        reason="Found unconscious at home",
    )


def token(server: Server, known: Known) -> str:
    """Its token, once the emergency is on record."""
    server.steps.begin("an emergency", BEGUN)
    asked = Granted(in_an_emergency(server, known), 0, EVER, key_mark(JWKS, None))
    begun = server.run(server.gateway.begin_emergency(asked))
    assert isinstance(begun, Granted), begun
    return sign(begun, server.gateway.keys.token, BASE)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_withheld_in_an_emergency_changes_no_byte(
    opened: Callable[[], Server], seed: int
) -> None:
    first = opened()
    story = Story(first, random.Random(seed), "DA1")  # noqa: S311 - told again by its seed
    known = about_people(story)
    withheld = heard_of(story, known, in_an_emergency(first, known))
    story.acts = [replace(act, secret=act.secret and act.made != REFERRAL) for act in story.acts]
    assert known.shown
    assert known.withheld
    servers = (opened(), opened())
    for server, left_out in zip(servers, (None, withheld), strict=True):
        retold(story.acts, server, left_out)
    tokens = [token(server, known) for server in servers]
    client = Client(known, random.Random(seed))  # noqa: S311 - told again by its seed
    answered = set()
    for step in range(BEGUN + 1, BEGUN + 1 + LENGTH):
        name = client.rng.choice(sorted(KINDS))
        sent = KINDS[name](client)
        answers, before = [], [server.rows() for server in servers]
        for server, its in zip(servers, tokens, strict=True):
            server.steps.begin(f"step {step}", step)
            answers.append(server.ask(sent, its))
        left = [now.rows() - was for now, was in zip(servers, before, strict=True)]
        assert answers[0] == answers[1], (name, sent)
        assert left[0] == left[1], (name, sent)
        answered.add(answers[0].status)
        client.learn(answers[0])
    assert answered >= {200, 403, 404}
