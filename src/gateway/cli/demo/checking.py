"""Runs the story as a check: one line a step, with its time; it ends at the first that fails."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import typer

from gateway.cli.demo import proving, sharing, storing
from gateway.cli.demo.calling import Caller, UnexpectedAnswerError
from gateway.cli.demo.home import Home
from gateway.cli.demo.registering import prepare
from gateway.cli.demo.running import running
from gateway.cli.demo.story import Story
from gateway.cli.demo.walk import NotSoError, Walk

# Each step says in one sentence what it found, or raises NotSoError.
Steps = tuple[tuple[str, Callable[[Walk], str]], ...]
STEPS: Steps = (
    ("map", storing.map_files),
    ("score", storing.score),
    ("label", storing.label),
    ("store", storing.store),
    ("refer", sharing.refer),
    ("consent", sharing.consent),
    ("read", sharing.read),
    ("revoke", sharing.revoke),
    ("refuse", sharing.refuse),
    ("audit", proving.audit),
    ("verify", proving.verify),
)
_FAULTS = (NotSoError, UnexpectedAnswerError, httpx.HTTPError)


@dataclass(frozen=True, slots=True)
class Step:
    step: str
    passed: bool
    seconds: float
    said: str


def check_story(story: Story, as_json: bool, steps: Steps = STEPS) -> bool:
    """Whether every step does what it says. Each is printed as it ends; JSON as one array."""
    done = []
    for step in _walked(story, steps):
        done.append(step)
        if not as_json:
            mark = "ok    " if step.passed else "FAILED"
            typer.echo(f"{step.step:8} {mark} {step.seconds:6.2f} s  {step.said}")
    if as_json:
        typer.echo(json.dumps([asdict(step) for step in done], indent=1))
    return all(step.passed for step in done)


def _walked(story: Story, steps: Steps) -> Iterator[Step]:
    with tempfile.TemporaryDirectory(prefix="onestory-check-") as name, ExitStack() as stack:
        home = Home(Path(name))
        accounts = prepare(home, story)
        base = stack.enter_context(running(home))
        callers = {
            key: stack.enter_context(Caller(base, account)) for key, account in accounts.items()
        }
        walk = Walk(home, story, base, accounts, callers, stack)
        for name, action in steps:
            began = time.perf_counter()
            passed, said = _taken(action, walk)
            yield Step(name, passed, round(time.perf_counter() - began, 3), said)
            if not passed:
                return


def _taken(action: Callable[[Walk], str], walk: Walk) -> tuple[bool, str]:
    try:
        return True, action(walk)
    except _FAULTS as fault:
        return False, str(fault)
    except typer.Exit:
        return False, "onestory map refused a row that it should take"
    except (LookupError, ValueError) as fault:
        return False, f"an answer had not the shape it should have: {fault!r}"
