"""Resources, Bundles, patches, searches and headers that no careful client sends.

Seconds in `make test`, half an hour in full, half of it on each database; ONESTORY_FUZZ_SECONDS
and ONESTORY_FUZZ_SEED choose.
"""

from __future__ import annotations

import os
import random
import re
import string
import threading
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from asking import Parameters
from houses import House
from live_server import LiveServer
from made_up import Person
from mutating import Known
from requesting import Made, Requester
from smart_client import Json, SmartClient
from watching import LIMIT, Memory, fault, seconds

BOTH = ("sqlite", "postgres")
LENGTH = seconds(24) / len(BOTH)
SEED = int(os.environ.get("ONESTORY_FUZZ_SEED", time.time_ns() if LENGTH > 60 else 3))
FACES = ("trust", "trust", "portal", "officer")
EACH_PERSON = 400  # requests, so that nobody's record grows without end
MOST_KEPT = 20
MOST_GROWN = 96 * 1024 * 1024
NAMED = re.compile(r"(?:^|/)([A-Z]\w+)/([0-9a-f-]{36})/_history/")


def _parameters(client: SmartClient) -> Parameters:
    statement = client.get("metadata").json()
    return {
        each["type"]: {one["name"]: one["type"] for one in each.get("searchParam", [])}
        for each in statement["rest"][0]["resource"]
    }


class Fuzzer(threading.Thread):
    """One client that sends what its seed makes until the time is over, or something is wrong."""

    def __init__(self, house: House, name: str, seed: int, until: float) -> None:
        super().__init__(name=f"{name}-{seed}", daemon=True)
        self.house = house
        self.who = name
        self.random = random.Random(seed)  # noqa: S311 - made-up requests
        self.until = until
        self.sent = 0
        self.statuses: dict[int, int] = {}
        self.found: list[str] = []
        self.parameters = _parameters(house.trust)
        self.client = house.client(name)
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            while time.monotonic() < self.until and len(self.found) < 20:
                self._with_somebody()
        except BaseException as error:
            self.failed = error

    def _with_somebody(self) -> None:
        person = Person()
        patient = self.house.known_at(self.house.trust, person)
        client = self.client
        if self.who == "portal":
            client = self.house.person_at_portal(person)
            patient = str(client.patient)
        service = self.house.drugs.who.organization
        requester = Requester(self.random, self.parameters, Known(patient, service))
        requester.kept["Patient"] = [patient.partition("/")[2]]
        for _ in range(EACH_PERSON):
            if time.monotonic() > self.until:
                break
            self._ask(client, requester)
        if client is not self.client:
            self.house.forget(client)

    def _ask(self, client: SmartClient, requester: Requester) -> None:
        made = requester.make()
        try:
            answer = _send(client, made)
        except httpx.HTTPError as error:
            self._wrong(made, f"{type(error).__name__}: {error}")
            return
        self.sent += 1
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        wrong = fault(answer)
        if wrong is not None:
            self._wrong(made, wrong)
        text = answer.headers.get("Location", "") + answer.text[:20_000]
        for type_, id_ in NAMED.findall(text):
            kept = requester.kept.setdefault(type_, [])
            if id_ not in kept:
                kept[self.random.randrange(MOST_KEPT) :] = [id_]

    def _wrong(self, made: Made, why: str) -> None:
        body = (made.body or b"")[:6000].decode("utf-8", "backslashreplace")
        self.found.append(
            f"{why}\n  {self.name} {made.method} {made.path[:2000]}\n  {made.headers}\n  {body}"
        )


def _send(client: SmartClient, made: Made) -> httpx.Response:
    headers = httpx.Headers({"Authorization": f"Bearer {client.token}", "Accept": "*/*"})
    headers.update(dict(made.headers))
    path = quote(f"/fhir{made.path}".encode("utf-8", "surrogatepass"), safe=string.punctuation)
    url = httpx.URL(client.server.base).copy_with(raw_path=path.encode())
    return client.http.request(made.method, url, headers=headers, content=made.body)


def _fuzz(house: House, length: float) -> tuple[list[Fuzzer], Memory]:
    process = house.server.process
    assert process is not None
    memory = Memory(process.pid, length * 0.4)
    until = time.monotonic() + length
    fuzzers = [Fuzzer(house, who, SEED + at, until) for at, who in enumerate(FACES)]
    for each in fuzzers:
        each.start()
    while any(each.is_alive() for each in fuzzers):
        time.sleep(0.2)
        memory.look()
    for each in fuzzers:
        each.join(LIMIT * 3)
    return fuzzers, memory


@pytest.mark.parametrize("fuzzed", BOTH, indirect=True)
@pytest.mark.timeout(LENGTH + 300)
def test_nothing_breaks_and_the_log_is_whole(fuzzed: House, tmp_path: Path) -> None:
    fuzzers, memory = _fuzz(fuzzed, LENGTH)
    found = [each for fuzzer in fuzzers for each in fuzzer.found]
    report = tmp_path / "found.txt"
    report.write_text("\n\n".join(found))
    print({fuzzer.name: fuzzer.statuses for fuzzer in fuzzers}, f"seed {SEED}")
    for fuzzer in fuzzers:
        if fuzzer.failed is not None:
            raise fuzzer.failed
    assert not found, f"{len(found)} answers are wrong, seed {SEED}:\n" + "\n\n".join(found[:5])
    assert memory.growth() < MOST_GROWN
    _another_answers_alike(fuzzed)
    verified = fuzzed.server.verify()
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _another_answers_alike(house: House) -> None:
    """A second server on the same database reads what the first one wrote."""
    first = house.server
    other = LiveServer(first.directory, first.databases, first.name).start()
    try:
        theirs = SmartClient(other, house.trust.who)
        page: Json = house.trust.get("Patient", _count="50").json()
        for entry in page.get("entry", []):
            reference = f"Patient/{entry['resource']['id']}"
            there = theirs.get(reference)
            assert there.status_code == 200
            assert there.content == house.trust.get(reference).content
        theirs.close()
    finally:
        other.stop()
