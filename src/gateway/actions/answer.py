"""What an action comes back with: a status, headers, and the bytes to release."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.actions.releasing import Released
from gateway.fhir.problem import Problem, outcome_bytes, status_of
from gateway.storage.times import http_date


@dataclass(frozen=True, slots=True)
class Answer:
    """Ready to leave: the audit row is durable already. Used by the routes and by the pages.

    `about` is the one resource that the answer is about, where it is about one.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    about: Released | None = None


def refused(*problems: Problem) -> Answer:
    """The answer that lists these problems, with the first one's status."""
    return Answer(status_of(problems), outcome_bytes(problems), problems=problems)


def of_one(seen: Released, status: int) -> Answer:
    """One resource with its version headers."""
    return Answer(status, seen.body, version_headers(seen), about=seen)


def version_headers(seen: Released) -> dict[str, str]:
    modified = http_date(seen.updated)
    return {"ETag": f'W/"{seen.version}"', "Last-Modified": modified}
