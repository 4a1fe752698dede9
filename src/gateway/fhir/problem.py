"""What can be wrong with a request, and the one table that says how each is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec


class Kind(Enum):
    """A kind of problem: its HTTP status and its FHIR issue code (R4 IssueType)."""

    SYNTAX = (400, "structure")
    STRUCTURE = (400, "structure")
    VALUE = (400, "value")
    REQUIRED = (400, "required")
    CODE = (400, "code-invalid")
    PARAMETER = (400, "invalid")
    UNSUPPORTED = (400, "not-supported")
    TOKEN = (401, "login")
    FORBIDDEN = (403, "forbidden")
    ABSENT = (404, "not-found")
    METHOD = (405, "not-supported")
    NOT_ACCEPTABLE = (406, "not-supported")
    CONFLICT = (409, "conflict")
    VERSION = (412, "conflict")
    MULTIPLE = (412, "multiple-matches")
    TOO_LARGE = (413, "too-long")
    MEDIA = (415, "not-supported")
    RULE = (422, "business-rule")
    INVARIANT = (422, "invariant")
    THROTTLED = (429, "throttled")
    BROKEN = (500, "exception")
    NO_AUDIT = (503, "no-store")
    TOO_LONG = (503, "timeout")

    @property
    def status(self) -> int:
        return self.value[0]

    @property
    def code(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what would be right, and where (FHIRPath). No patient data."""

    kind: Kind
    diagnostics: str
    expression: str = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Refused:
    """An expected "no": every problem found, gravest first."""

    problems: tuple[Problem, ...]


def refuse(kind: Kind, diagnostics: str, expression: str = "") -> Refused:
    return Refused((Problem(kind, diagnostics, expression),))


def operation_outcome(problems: tuple[Problem, ...] | list[Problem]) -> dict[str, object]:
    """An OperationOutcome that lists every problem in order."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": problem.severity,
                "code": problem.kind.code,
                "diagnostics": problem.diagnostics,
            }
            | ({"expression": [problem.expression]} if problem.expression else {})
            for problem in problems
        ],
    }


def outcome_bytes(problems: tuple[Problem, ...] | list[Problem]) -> bytes:
    return msgspec.json.encode(operation_outcome(problems))


def status_of(problems: tuple[Problem, ...] | list[Problem]) -> int:
    """The status of the first problem that is an error: problems are listed gravest first."""
    return next((p.kind.status for p in problems if p.severity in ("error", "fatal")), 200)
