"""What the engine says of the words of a Consent: what it refuses, and what changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.reading import read
from consent.rules import Fault
from gateway.fhir.problem import Kind, Problem

Json = dict[str, Any]


def said(tree: Json) -> list[Problem]:
    """The faults of every Consent in a sound resource, those in a Bundle's entries too; gravest
    first."""
    found = [
        _problem(fault, path) for consent, path in _consents(tree) for fault in read(consent)[1]
    ]
    return sorted(found, key=lambda problem: problem.severity != "error")


def _consents(tree: Json) -> Iterator[tuple[Json, str]]:
    if tree.get("resourceType") == "Consent":
        yield tree, "Consent"
    if tree.get("resourceType") == "Bundle":
        for index, entry in enumerate(tree.get("entry", ())):
            if entry.get("resource", {}).get("resourceType") == "Consent":
                yield entry["resource"], f"Bundle.entry[{index}].resource"


def _problem(fault: Fault, path: str) -> Problem:
    kind = Kind.RULE if fault.severity == "error" else Kind.NOTED
    expression = f"{path}{fault.expression.removeprefix('Consent')}"
    return Problem(kind, fault.diagnostics, expression, fault.severity)
