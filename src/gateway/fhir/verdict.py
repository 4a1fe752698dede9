"""What is said of a body that was asked about: the same words at the command and over HTTP."""

from __future__ import annotations

from typing import Any

from gateway.fhir import consent_words, plan_words, strict_json, validation
from gateway.fhir.problem import Problem, operation_outcome

FINE: dict[str, object] = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "information", "code": "informational", "diagnostics": "no fault found"}
    ],
}


def of_body(body: bytes, limits: strict_json.Limits, profile: str | None = None) -> list[Problem]:
    """Every fault of one body: of its JSON, or else of its structure, by the rules and profiles."""
    tree = strict_json.parse(body, limits)
    if isinstance(tree, tuple):
        return list(tree)
    return of_tree(tree, profile)


def of_tree(tree: dict[str, Any], profile: str | None = None) -> list[Problem]:
    """Every fault of a resource; and, where it is sound, what the engine says of its consents."""
    found = validation.problems(tree, against=profile)
    return (
        found
        if validation.has_errors(found)
        else found + consent_words.said(tree) + plan_words.said(tree)
    )


def outcome(found: list[Problem]) -> dict[str, object]:
    """An OperationOutcome of what was found, or that nothing was."""
    return operation_outcome(found) if found else FINE
