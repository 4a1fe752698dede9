"""`onestory validate`: whether files hold R4 resources that would be taken, and if not, why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.wrongly import used_wrongly
from gateway.fhir import rules, strict_json, structure
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Problem, operation_outcome

_FINE = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "information", "code": "informational", "diagnostics": "no fault found"}
    ],
}


def problems_in(body: bytes) -> list[Problem]:
    """Every fault of one body: of its JSON, or else of its structure and by the rules."""
    tree = strict_json.parse(body, strict_json.Limits())
    if isinstance(tree, tuple):
        return list(tree)
    return structure.check(tree) + rules.check(tree)


def validate(
    files: Annotated[list[Path], typer.Argument(help="JSON files, each one resource")],
) -> None:
    """Print one OperationOutcome for each file, one line each; exit 1 if any has an error.

    Example: onestory validate patient.json bundle.json
    """
    faulty = False
    for file in files:
        try:
            body = file.read_bytes()
        except OSError as fault:
            used_wrongly(f"{file}: {fault.strerror}")
        found = problems_in(body)
        faulty = faulty or bool(found)
        print(encode(operation_outcome(found) if found else _FINE).decode())
    if faulty:
        raise typer.Exit(1)
