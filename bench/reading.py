"""Reads and searches: bare Starlette, FastAPI and One Story, the same bytes, in one run."""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from load import get, measure
from processes import cpu_seconds, floor
from story import ENTRIES, Story

CONNECTIONS = (1, 8, 32)


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
    own_cpu: float
    p50: float
    p99: float


Rounds = dict[tuple[str, str, int], list[Round]]


def one_round(target: Target, connections: int, seconds: float) -> Round:
    request = target.request()
    before = cpu_seconds(target.process)
    seen = measure(target.port, lambda _: itertools.repeat(request), connections, seconds)
    used = cpu_seconds(target.process) - before
    return Round(
        seen.requests,
        seen.requests / seen.seconds,
        used / seen.requests,
        seen.own_cpu / seen.requests,
        seen.percentile(0.5),
        seen.percentile(0.99),
    )


def questions(story: Story) -> dict[str, str]:
    return {"read": story.read} | story.searches


def targets(stories: dict[str, Story], stack: ExitStack, directory: Path) -> list[Target]:
    """The floors answer with the very bytes that the first server released."""
    bodies = directory / "bodies"
    bodies.mkdir()
    first = next(iter(stories.values()))
    for name, path in questions(first).items():
        answer = first.reader.get(path)
        assert answer.status_code == 200, answer.text
        (bodies / name).write_bytes(answer.content)
        if name != "read":
            assert len(json.loads(answer.content)["entry"]) == ENTRIES
    found = []
    for server, factory in (("Starlette", "bare_starlette"), ("FastAPI", "bare_fastapi")):
        port, process = stack.enter_context(floor(factory, bodies))
        found += [_plain(server, question, port, process) for question in questions(first)]
    for name, story in stories.items():
        found += [_ours(name, story, *asked) for asked in questions(story).items()]
    return found


def _plain(server: str, question: str, port: int, process: int) -> Target:
    return Target(server, question, port, process, lambda: get(f"/{question}"))


def _ours(name: str, story: Story, question: str, path: str) -> Target:
    live = story.house.server
    assert live.process is not None

    def request() -> bytes:
        return get(f"/fhir/{path}", Authorization=f"Bearer {story.reader.token}")

    return Target(name, question, live.port, live.process.pid, request)


def measured(found: list[Target], rounds: int, seconds: float) -> Rounds:
    """Rounds alternate between the servers, so that what else the machine does falls on all."""
    ran: Rounds = {}
    for question in dict.fromkeys(target.question for target in found):
        for connections in CONNECTIONS:
            for _ in range(rounds):
                for target in (t for t in found if t.question == question):
                    key = (target.server, question, connections)
                    ran.setdefault(key, []).append(one_round(target, connections, seconds))
    return ran


def median(rounds: list[Round], what: str) -> float:
    return statistics.median(getattr(one, what) for one in rounds)


def print_table(rounds: Rounds) -> None:
    print(
        "| question | connections | server | requests/s | of Starlette | CPU us/request |", end=""
    )
    print(" times Starlette | p50 ms | p99 ms | load's own CPU us |")
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    for (server, question, connections), ran in rounds.items():
        base = rounds["Starlette", question, connections]
        rate, cpu = median(ran, "rate"), median(ran, "cpu")
        share, times = rate / median(base, "rate"), cpu / median(base, "cpu")
        p50, p99, own = (median(ran, what) for what in ("p50", "p99", "own_cpu"))
        print(
            f"| {question} | {connections} | {server} | {rate:,.0f} | {share:.3f} | {cpu * 1e6:.0f}"
            f" | {times:.1f} | {p50 * 1e3:.2f} | {p99 * 1e3:.2f} | {own * 1e6:.0f} |"
        )
