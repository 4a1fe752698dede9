"""Clients that write and read until something is killed under them, and what they then hold."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from houses import House
from made_up import Person, alcohol_score, consent, drink_response, entry, mood_score
from smart_client import Json, SmartClient, reference_in

WRITERS, READERS = 4, 4
PEOPLE = 6
LONGEST_LOAD = 0.8


@dataclass
class Seen:
    """What clients hold in their hands: acknowledged writes, and releases by resource."""

    written: dict[str, Json] = field(default_factory=dict)
    read: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wrote(self, reference: str, resource: Json) -> None:
        with self.lock:
            self.written[reference] = resource

    def released(self, references: list[str]) -> None:
        with self.lock:
            self.read.update(references)


Work = Callable[[SmartClient, Seen, random.Random], None]


def _write(patient: str, spared: tuple[int, ...]) -> Work:
    def work(client: SmartClient, seen: Seen, chance: random.Random) -> None:
        value = chance.randrange(10_000)
        if chance.random() < 0.25:
            resources = [alcohol_score(patient, value), mood_score(patient, value)]
            answer = client.transact([entry(resource) for resource in resources])
            if answer.status_code == 200:
                for resource, said in zip(resources, answer.json()["entry"], strict=True):
                    seen.wrote(reference_in(said["response"]["location"]), resource)
        else:
            resource = chance.choice(
                [
                    alcohol_score(patient, value),
                    drink_response(patient, (value % 5, value % 3, value % 2)),
                ]
            )
            answer = client.post(resource)
            if answer.status_code == 201:
                seen.wrote(reference_in(answer.headers["Location"]), resource)
        _note(answer, seen, (200, 201, *spared))

    return work


def _read(references: list[str], patient: str, spared: tuple[int, ...]) -> Work:
    def work(client: SmartClient, seen: Seen, chance: random.Random) -> None:
        if chance.random() < 0.3:
            answer = client.get("Observation", patient=patient, _count="5")
            if answer.status_code == 200:
                entries = [e["resource"] for e in answer.json().get("entry", [])]
                seen.released([f"{r['resourceType']}/{r['id']}" for r in entries])
        else:
            reference = chance.choice(references)
            answer = client.get(reference)
            if answer.status_code == 200:
                seen.released([reference])
        _note(answer, seen, (200, *spared))

    return work


def _note(answer: httpx.Response, seen: Seen, wanted: tuple[int, ...]) -> None:
    if answer.status_code not in wanted:
        with seen.lock:
            seen.faults.append(f"{answer.status_code} {answer.text[:300]}")


def _repeat(client: SmartClient, work: Work, seen: Seen, stop: threading.Event, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - which request comes next
    while not stop.is_set():
        try:
            work(client, seen, chance)
        except httpx.TransportError:
            if not stop.is_set():
                time.sleep(0.005)


@dataclass
class Load:
    """The clients of one round and the work each of them repeats."""

    house: House
    jobs: list[tuple[SmartClient, Work]]

    def run(self, seen: Seen, seconds: float, seed: int, kill: Callable[[], None]) -> None:
        """All of them at once, until something is killed under them."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=_repeat, args=(client, work, seen, stop, seed + place))
            for place, (client, work) in enumerate(self.jobs)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        kill()
        stop.set()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)


def load_on(house: House, *, spared: tuple[int, ...] = ()) -> Load:
    """People known to both services; drugs may read what the trust wrote about each.

    `spared` are answers that are right while what the server needs is away.
    """
    jobs: list[tuple[SmartClient, Work]] = []
    for number in range(PEOPLE):
        person = Person()
        mine, theirs = (house.known_at(c, person) for c in (house.trust, house.drugs))
        portal = house.person_at_portal(person)
        portal.created(consent(str(portal.patient), "permit", house.drugs.who.organization))
        shared = [f"Observation/{house.trust.created(alcohol_score(mine))['id']}" for _ in range(3)]
        if number < WRITERS:
            jobs.append((house.client("trust"), _write(mine, spared)))
        if number >= PEOPLE - READERS:
            jobs.append((house.client("drugs"), _read(shared, theirs, spared)))
    for client, _ in jobs:
        assert client.token
    return Load(house, jobs)


def lost_writes(house: House, written: dict[str, Json]) -> list[str]:
    lost = []
    for reference, resource in written.items():
        answer = house.trust.get(reference)
        if answer.status_code != 200:
            lost.append(f"{reference}: {answer.status_code}")
        elif any(answer.json().get(k) != resource[k] for k in ("code", "valueQuantity", "item")
                 if k in resource):  # fmt: skip
            lost.append(f"{reference}: other content")
    return lost


def unlogged_releases(house: House, read: Counter[str]) -> list[str]:
    """Releases that the log does not name: the reader received more than its own rows say."""
    unlogged = []
    for reference, times in read.items():
        answer = house.drugs.get("AuditEvent", entity=reference, _summary="count")
        assert answer.status_code == 200, answer.text
        if (rows := answer.json()["total"]) < times:
            unlogged.append(f"{reference}: received {times}, rows {rows}")
    return unlogged
