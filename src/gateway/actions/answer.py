"""What an action comes back with: a status, headers, and the bytes to release."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.fhir.problem import Problem, outcome_bytes, status_of


@dataclass(frozen=True, slots=True)
class Answer:
    """Ready to leave: the audit row is durable already. Used by the routes and by the pages."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def refused(*problems: Problem) -> Answer:
    """The answer that lists these problems, with the first one's status."""
    return Answer(status_of(problems), outcome_bytes(problems), problems=problems)
