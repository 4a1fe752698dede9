"""What is taken back at one server is taken back at every one, from that moment on.

Four processes serve one PostgreSQL, one serves a file. People take their consent back and give it
again, services end their tokens, and readers ask every process in every way all the while, with
tokens and page links that they already hold. What they saw is checked as a history, not by eye.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import httpx
import pytest
from houses import House, Situation, Template, situation_at
from linearizable import Read, Write, fault
from live_server import LiveServer
from made_up import alcohol_score, consent
from smart_client import JWT_BEARER, Json, SmartClient

SECONDS = 60.0 if os.environ.get("ONESTORY_FULL") == "1" else 5.0
PEOPLE, READERS, AT_ONCE = 3, 5, 4
CHANGES = 6  # of each person's mind, at least
ON, OFF = "shared", "withheld"


@dataclass
class Doors:
    """The servers on one database, all under the first one's name."""

    house: House
    servers: list[LiveServer]

    def any(self, chance: random.Random) -> int:
        return chance.randrange(len(self.servers))

    def ask(self, http: httpx.Client, server: int, path: str, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return http.get(f"{self.servers[server].base}/fhir/{path}", headers=headers)


@dataclass
class Person:
    """Someone whose consent is given and taken back, and what shows whether it stands."""

    held: Situation
    given: Json
    ways: dict[str, Callable[[httpx.Response], str]]
    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)


@pytest.fixture
def doors(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    house = template.house(tmp_path_factory.mktemp("doors") / "server")
    beside = 0 if house.server.databases is None else 3
    more = [house.server.beside().start("--base-url", house.server.base) for _ in range(beside)]
    yield Doors(house, [house.server, *more])
    for each in more:
        each.stop()
    house.close()


def by_status(answer: httpx.Response) -> str:
    assert answer.status_code in (200, 404), answer.text
    return ON if answer.status_code == 200 else OFF


def by_entries(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return ON if "entry" in answer.json() else OFF


def a_person(doors: Doors) -> Person:
    held = situation_at(doors.house)
    score = held.writes(alcohol_score(held.at_trust))
    for _ in range(3):
        held.writes(alcohol_score(held.at_trust))
    given = held.says(consent(held.me, "permit", held.drugs.who.organization))
    begun = time.monotonic()
    page = held.drugs.get("Observation", patient=held.at_drugs, _count="2").json()
    link = next(each["url"] for each in page["link"] if each["relation"] == "next")
    version = held.drugs.read(score)["meta"]["versionId"]
    ways: dict[str, Callable[[httpx.Response], str]] = {
        score: by_status,
        f"{score}/_history/{version}": by_status,
        f"{score}/_history": by_status,
        f"Observation?patient={held.at_drugs}": by_entries,
        f"Observation?_id={score.partition('/')[2]}": by_entries,
        f"{held.at_drugs}/$everything?_type=Observation": by_entries,
        link.partition("/fhir/")[2]: by_entries,
    }
    return Person(held, given, ways, [Write(ON, begun, begun)])


def change(person: Person, number: int) -> None:
    """Take the consent back, or give it again."""
    value, status = ((OFF, "inactive"), (ON, "active"))[number % 2]
    current = person.held.portal.read(f"Consent/{person.given['id']}")
    begun = time.monotonic()
    answer = person.held.portal.put(current | {"status": status})
    assert answer.status_code == 200, answer.text
    person.writes.append(Write(value, begun, time.monotonic()))


def revoke(person: Person, until: float, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - when to change one's mind
    number = 0
    while time.monotonic() < until or number < CHANGES:  # a slow machine takes longer
        change(person, number)
        number += 1
        time.sleep(chance.uniform(0, 0.15))


def test_no_read_goes_back_behind_a_revocation(doors: Doors) -> None:
    people = [a_person(doors) for _ in range(PEOPLE)]
    token = doors.house.drugs.token  # one that lives through it all
    until, done = time.monotonic() + SECONDS, threading.Event()

    def read(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - whom to ask for, where
        with httpx.Client(timeout=30, trust_env=False) as http:
            while not done.is_set():
                person = chance.choice(people)
                path, told = chance.choice(list(person.ways.items()))
                server = doors.any(chance)
                begun = time.monotonic()
                answer = doors.ask(http, server, path, token)
                ended = time.monotonic()
                seen = Read(told(answer), begun, ended, f"server {server}: {path}")
                person.reads.append(seen)

    with ThreadPoolExecutor(PEOPLE + READERS) as pool:
        revoking = [pool.submit(revoke, each, until, seed) for seed, each in enumerate(people)]
        reading = [pool.submit(read, seed) for seed in range(READERS)]
        wait(revoking)
        done.set()
        for each in (*revoking, *reading):
            each.result()
    for person in people:
        assert fault(person.writes, person.reads) is None
        assert {read.value for read in person.reads} == {ON, OFF}
        assert len(person.writes) > 3


def ended(client: SmartClient, token: str) -> Write:
    form = {
        "client_assertion_type": JWT_BEARER,
        "client_assertion": client.assertion(),
        "token": token,
    }
    begun = time.monotonic()
    answer = client.http.post(f"{client.server.base}/oauth/revoke", data=form)
    assert answer.status_code == 200, answer.text
    return Write("refused", begun, time.monotonic())


def test_no_token_works_once_it_is_ended(doors: Doors) -> None:
    held = situation_at(doors.house)
    score = held.writes(alcohol_score(held.at_trust))
    until = time.monotonic() + SECONDS / 2
    rounds = 0
    while time.monotonic() < until or rounds < 3:
        rounds += 1
        client = doors.house.client("trust")
        token, begun = client.token, time.monotonic()
        reads: list[Read] = []
        over = threading.Event()

        def ask(
            server: int, token: str = token, reads: list[Read] = reads, over: threading.Event = over
        ) -> None:
            with httpx.Client(timeout=30, trust_env=False) as http:
                while not over.is_set() or not any(r.value == "refused" for r in reads):
                    started = time.monotonic()
                    answer = doors.ask(http, server, score, token)
                    value = {200: "taken", 401: "refused"}[answer.status_code]
                    reads.append(Read(value, started, time.monotonic(), f"server {server}"))

        everywhere = range(len(doors.servers))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            asking = [pool.submit(ask, number % len(everywhere)) for number in range(AT_ONCE)]
            while len({read.how for read in reads}) < len(everywhere):
                time.sleep(0.01)
            end = ended(client, token)
            time.sleep(0.1)
            over.set()
            for each in asking:
                each.result()
        assert fault([Write("taken", begun, begun), end], reads) is None
        assert {read.value for read in reads} == {"taken", "refused"}
        doors.house.forget(client)
