"""What can be wrong with a request, and the one table that says how each is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

BESIDE = "https://onestory.example/fhir/StructureDefinition/changed-by-both"


class Kind(Enum):
    """A kind of problem: its name, its HTTP status and its FHIR issue code (R4 IssueType)."""

    DONE = ("done", 200, "informational")
    NOTED = ("noted", 200, "business-rule")
    SYNTAX = ("syntax", 400, "structure")
    STRUCTURE = ("structure", 400, "structure")
    VALUE = ("value", 400, "value")
    REQUIRED = ("required", 400, "required")
    CODE = ("code", 400, "code-invalid")
    PARAMETER = ("parameter", 400, "invalid")
    UNSUPPORTED = ("unsupported", 400, "not-supported")
    TOKEN = ("token", 401, "login")
    FORBIDDEN = ("forbidden", 403, "forbidden")
    ABSENT = ("absent", 404, "not-found")
    METHOD = ("method", 405, "not-supported")
    GONE = ("gone", 410, "deleted")
    NOT_ACCEPTABLE = ("not-acceptable", 406, "not-supported")
    CONFLICT = ("conflict", 409, "conflict")
    VERSION = ("version", 412, "conflict")
    MULTIPLE = ("multiple", 412, "multiple-matches")
    TOO_LARGE = ("too-large", 413, "too-long")
    MEDIA = ("media", 415, "not-supported")
    RULE = ("rule", 422, "business-rule")
    INVARIANT = ("invariant", 422, "invariant")
    PROFILE = ("profile", 422, "structure")
    PROFILE_REQUIRED = ("profile-required", 422, "required")
    PROFILE_VALUE = ("profile-value", 422, "value")
    PROFILE_CODE = ("profile-code", 422, "code-invalid")
    UNKNOWN_PROFILE = ("unknown-profile", 422, "not-found")
    THROTTLED = ("throttled", 429, "throttled")
    BROKEN = ("broken", 500, "exception")
    NO_AUDIT = ("no-audit", 503, "no-store")
    TOO_LONG = ("too-long", 503, "timeout")

    @property
    def status(self) -> int:
        return self.value[1]

    @property
    def code(self) -> str:
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what would be right, and where (FHIRPath). No patient data, but for
    `values`: what two changes made of that place, for whoever may see it, and never logged."""

    kind: Kind
    diagnostics: str
    expression: str = ""
    severity: str = "error"
    values: tuple[tuple[str, str], ...] = ()  # each with its name


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
            | ({"extension": [_side_by_side(problem)]} if problem.values else {})
            for problem in problems
        ],
    }


def _side_by_side(problem: Problem) -> dict[str, object]:
    inner = [{"url": name, "valueString": value} for name, value in problem.values]
    return {"url": BESIDE, "extension": inner}


def outcome_bytes(problems: tuple[Problem, ...] | list[Problem]) -> bytes:
    return msgspec.json.encode(operation_outcome(problems))


def status_of(problems: tuple[Problem, ...] | list[Problem]) -> int:
    """The status of the first problem that is an error: problems are listed gravest first."""
    return next((p.kind.status for p in problems if p.severity in ("error", "fatal")), 200)
