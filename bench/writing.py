"""Transactions of 50 entries: resources a second, with fsync as it is here and 3 ms slower."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from houses import House
from load import measure, post
from made_up import OURS, SNOMED, Person, alcohol_score, care_plan, entry, now
from processes import cpu_seconds, served
from smart_client import Json, Registration
from story import house_of

HERE = Path(__file__).parent
RESPONSES, SCORES, PLANS, REQUESTS = 20, 20, 5, 5
ENTRIES = RESPONSES + SCORES + PLANS + REQUESTS
ITEMS = 20
CONNECTIONS = (1, 32)
BODIES = 8  # for each connection, sent in turn


@dataclass(frozen=True)
class Written:
    database: str
    fsync: str
    connections: int
    rate: float
    cpu: float
    p50: float
    p99: float
    refused: int


def transaction(patient: str, who: Registration) -> bytes:
    """20 responses of 20 items, a score for each, 5 care plans and 5 requests."""
    entries: list[Json] = []
    for number in range(RESPONSES):
        name = f"urn:uuid:{uuid.uuid4()}"
        entries.append(entry(response(patient, number), name))
        entries.append(entry(alcohol_score(patient, number, derivedFrom=[{"reference": name}])))
    entries += [entry(care_plan(patient, f"Plan {number}")) for number in range(PLANS)]
    entries += [entry(request(patient, who.organization)) for _ in range(REQUESTS)]
    assert len(entries) == ENTRIES
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    return json.dumps(bundle).encode()


def response(patient: str, number: int) -> Json:
    """A SADQ: 20 items, each 0 to 3."""
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{OURS}/Questionnaire/sadq",
        "status": "completed",
        "subject": {"reference": patient},
        "authored": now(),
        "item": [
            {"linkId": f"sadq-{item}", "answer": [{"valueInteger": (item + number) % 4}]}
            for item in range(1, ITEMS + 1)
        ],
    }


def request(patient: str, organization: str) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": SNOMED, "code": "417096006"}]},
        "subject": {"reference": patient},
        "authoredOn": now(),
        "requester": {"reference": organization},
    }


def slow_fsync(directory: Path) -> str | None:
    """The library that makes each fsync 3 ms slower, compiled now; None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = directory / "slow_fsync.so"
    words = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(HERE / "slow_fsync.c")]
    subprocess.run([*words, "-ldl"], check=True)
    return str(library)


def writes(databases: list[str], directory: Path, seconds: float) -> Iterator[Written]:
    slow = slow_fsync(directory)
    if slow is None:
        print("No gcc or cc here: fsync could not be made slower.")
    for database in databases:
        for name, library in (("as here", ""), ("+ 3 ms", slow)):
            if library is not None:
                yield from _on(database, name, directory, library, seconds)


def _on(
    database: str, name: str, directory: Path, library: str, seconds: float
) -> Iterator[Written]:
    with served(database, directory, library) as server:
        house = house_of(server)
        _round(house, 1, 1.0)  # warm
        for connections in CONNECTIONS:
            kind = "PostgreSQL" if database.startswith("postgres") else "SQLite"
            yield Written(kind, name, connections, *_round(house, connections, seconds))
        house.close()


def _round(
    house: House, connections: int, seconds: float
) -> tuple[float, float, float, float, int]:
    trust = house.trust
    token = {"Authorization": f"Bearer {trust.token}"}
    patients = [house.known_at(trust, Person()) for _ in range(connections)]
    bodies = [
        [post("/fhir", transaction(patient, trust.who), **token) for _ in range(BODIES)]
        for patient in patients
    ]

    def sent(number: int) -> Iterator[bytes]:
        while True:
            yield from bodies[number]

    assert house.server.process is not None
    process = house.server.process.pid
    before = cpu_seconds(process)
    seen = measure(house.server.port, sent, connections, seconds)
    used = cpu_seconds(process) - before
    stored = seen.requests * ENTRIES
    p50, p99 = seen.percentile(0.5), seen.percentile(0.99)
    return stored / seen.seconds, used / stored, p50, p99, seen.refused


def print_table(ran: Iterable[Written]) -> None:
    print("| database | fsync | connections | resources/s | CPU us/resource |", end="")
    print(" p50 ms | p99 ms | given up (503) |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for each in ran:
        print(
            f"| {each.database} | {each.fsync} | {each.connections} | {each.rate:,.0f}"
            f" | {each.cpu * 1e6:.0f} | {each.p50 * 1e3:.1f} | {each.p99 * 1e3:.1f}"
            f" | {each.refused} |",
            flush=True,
        )
