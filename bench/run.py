"""Requests a second and CPU a request: bare Starlette, FastAPI and One Story, same bytes, one run.

One worker each. Rounds alternate between the servers, so that whatever else the machine does
falls on all of them; the medians are printed. CPU is user and system time of the server's process
over the round, divided by its requests.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "outside"))  # its own clients

from houses import House
from live_server import LiveServer, free_port
from load import Measured, get, measure
from made_up import OURS, Person, alcohol_score, consent
from screenings import ALCOHOL, ITEMS, as_csv, screenings
from smart_client import Json, SmartClient, register

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = (1, 8, 32)
ENTRIES = 50
FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True)
class Target:
    """One server answering one question. `request` gives fresh bytes (a token lasts 300 s)."""

    server: str
    question: str
    port: int
    process: int
    request: Callable[[], bytes]


@dataclass(frozen=True)
class Round:
    requests: int
    rate: float
    cpu: float
    p50: float
    p99: float


def cpu_seconds(process: int) -> float:
    """User and system time that a process and its threads have used."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def one_round(target: Target, connections: int, seconds: float) -> Round:
    request = target.request()
    before = cpu_seconds(target.process)
    seen: Measured = measure(target.port, request, connections, seconds)
    used = cpu_seconds(target.process) - before
    return Round(
        seen.requests,
        seen.requests / seen.seconds,
        used / seen.requests,
        seen.percentile(0.5),
        seen.percentile(0.99),
    )


@contextmanager
def floor(factory: str, bodies: Path) -> Iterator[tuple[int, int]]:
    """A floor served by uvicorn with one worker: its port and process."""
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", "--factory", f"floors:{factory}", "--app-dir"]
    words += [str(HERE), "--port", str(port), "--log-level", "warning", "--no-access-log"]
    words += ["--loop", "uvloop", "--http", "httptools"]
    environment = dict(os.environ) | {"BENCH_BODIES": str(bodies)}
    process = subprocess.Popen(words, env=environment)
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("a floor did not start")


@dataclass(frozen=True)
class Story:
    """What is asked for: one screening response, and a page of scores, both by another service."""

    house: House
    reader: SmartClient
    read: str
    search: str


def tell(directory: Path) -> Story:
    """A trust screens a person, the person permits a second service, which will ask."""
    server = LiveServer(directory / "server").prepare()
    registrations = {
        "trust": register(server, "Fern Valley Mental Health Trust", "RX1"),
        "drugs": register(server, "Harbour Drug and Alcohol Service", "DA1"),
        "portal": register(server, "My Story", "PO1", role="portal", purpose="PATRQT"),
    }
    house = House(server.start(), registrations)
    person = Person()
    rows = screenings([person], 1, "RX1")
    rows[0].row.update({item: "n" if item.endswith("3") else "y" for item in ITEMS})
    rows[0].row.update(dict.fromkeys(ALCOHOL, "3"))
    (directory / "one.csv").write_text(as_csv(rows))
    mapped = server.command("map", "assist-lite", str(directory / "one.csv"))
    bundle = json.loads(mapped.stdout)
    for entry in bundle["entry"]:
        lengthen(entry["resource"])
    sent = house.trust.send("POST", "", bundle)
    assert sent.status_code == 200, sent.text
    locations = [entry["response"]["location"] for entry in sent.json()["entry"]]
    named = ["/".join(where.split("/_history/")[0].split("/")[-2:]) for where in locations]
    patient = next(name for name in named if name.startswith("Patient/"))
    response = next(name for name in named if name.startswith("QuestionnaireResponse/"))
    for value in range(ENTRIES):
        house.trust.created(alcohol_score(patient, value % 13))
    theirs = house.known_at(house.drugs, person)
    portal = house.person_at_portal(person)
    portal.created(consent(str(portal.patient), "permit", house.drugs.who.organization))
    search = f"Observation?patient={theirs}&_count={ENTRIES}"
    return Story(house, house.drugs, response, search)


def lengthen(node: Json) -> None:
    """Each item says where it is defined, as many systems do: 5 kB instead of 3."""
    for item in node.get("item", []):
        item["definition"] = f"{OURS}/Questionnaire/assist-lite-uk#{item['linkId']}"
        lengthen(item)


def targets(story: Story, stack: ExitStack, directory: Path) -> list[Target]:
    """The floors answer with the very bytes that the server released."""
    bodies = directory / "bodies"
    bodies.mkdir()
    for name, path in (("read", story.read), ("search", story.search)):
        answer = story.reader.get(path)
        assert answer.status_code == 200, answer.text
        (bodies / name).write_bytes(answer.content)
    entries = json.loads((bodies / "search").read_bytes())["entry"]
    assert len(entries) == ENTRIES
    found = []
    for server, factory in (("Starlette", "bare_starlette"), ("FastAPI", "bare_fastapi")):
        port, process = stack.enter_context(floor(factory, bodies))
        found += [_plain(server, question, port, process) for question in ("read", "search")]
    for question, path in (("read", story.read), ("search", story.search)):
        found.append(_ours(story, question, path))
    return found


def _plain(server: str, question: str, port: int, process: int) -> Target:
    return Target(server, question, port, process, lambda: get(f"/{question}"))


def _ours(story: Story, question: str, path: str) -> Target:
    live = story.house.server
    assert live.process is not None

    def request() -> bytes:
        return get(f"/fhir/{path}", Authorization=f"Bearer {story.reader.token}")

    return Target("One Story", question, live.port, live.process.pid, request)


def median(rounds: list[Round], what: str) -> float:
    return statistics.median(getattr(one, what) for one in rounds)


def print_table(rounds: dict[tuple[str, str, int], list[Round]]) -> None:
    print(
        "| question | connections | server | requests/s | of Starlette | CPU us/request |", end=""
    )
    print(" times Starlette | p50 ms | p99 ms |")
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|")
    for (server, question, connections), ran in rounds.items():
        base = rounds["Starlette", question, connections]
        rate, cpu = median(ran, "rate"), median(ran, "cpu")
        share = rate / median(base, "rate")
        times = cpu / median(base, "cpu")
        print(
            f"| {question} | {connections} | {server} | {rate:,.0f} | {share:.3f} | {cpu * 1e6:.0f}"
            f" | {times:.1f} | {median(ran, 'p50') * 1e3:.2f} | {median(ran, 'p99') * 1e3:.2f} |"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each; medians are shown")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name)
        story = tell(directory)
        stack.callback(story.house.close)
        found = targets(story, stack, directory)
        sizes = {f.name: f.stat().st_size for f in (directory / "bodies").iterdir()}
        rows, served = story.house.server.rows("audit"), 0
        rounds: dict[tuple[str, str, int], list[Round]] = {}
        for question in ("read", "search"):
            for connections in CONNECTIONS:
                for _ in range(asked.rounds):
                    for target in (t for t in found if t.question == question):
                        ran = one_round(target, connections, asked.seconds)
                        key = (target.server, question, connections)
                        rounds.setdefault(key, []).append(ran)
                        served += ran.requests if target.server == "One Story" else 0
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, one worker each.")
        print(f"read: one response of {sizes['read']:,} bytes; ", end="")
        print(f"search: {ENTRIES} entries, {sizes['search']:,} bytes.")
        print_table(rounds)
        logged = story.house.server.rows("audit") - rows
        print(f"Audit rows written: {logged:,}, for {served:,} answers of One Story.")
        verified = story.house.server.verify()
        print(f"audit verify: exit {verified.returncode}")


if __name__ == "__main__":
    main()
