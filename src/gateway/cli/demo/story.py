"""The demo's story as data: three services, five people, what was asked and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Worker:
    """Who asks on a service's behalf. `id` is an SDS user id."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A flat file that a service maps and sends, as `onestory map KIND FILE` takes it."""

    kind: str
    file: str

    @property
    def path(self) -> Path:
        return DATA / self.file


@dataclass(frozen=True, slots=True)
class Service:
    key: str
    name: str
    ods: str
    purpose: str
    basis: str | None
    worker: Worker
    accepts: bool
    sends: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    by: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """One choice. `topics` are keys of the page; `for_days` counts from the day it is given."""

    service: str
    may: bool
    topics: tuple[str, ...]
    for_days: int | None = None
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class Attorney:
    """Who may decide for someone, once they cannot. `subject` is what a portal's tokens say."""

    subject: str
    name: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Look:
    """A service asks for everything of one type about the person."""

    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    nhs_number: str
    given: str
    family: str
    birth_date: str
    story: str
    known_to: tuple[str, ...]
    plan: Plan | None
    choices: tuple[Chosen, ...]
    looks: tuple[Look, ...]
    told: Chosen | None = None  # its service wrote it down, and waits for the person's answer
    attorney: Attorney | None = None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Story:
    services: tuple[Service, ...]
    officer: str
    people: tuple[Person, ...]

    def person(self, key: str) -> Person:
        return next(one for one in self.people if one.key == key)


@cache
def story() -> Story:
    """The story that is packaged with the command."""
    return msgspec.json.decode((DATA / "story.json").read_bytes(), type=Story)
