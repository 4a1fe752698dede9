"""`onestory validate`: whether files hold R4 resources that would be taken, and if not, why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.wrongly import used_wrongly
from gateway.fhir import strict_json, validation, verdict
from gateway.fhir.encoding import encode


def validate(
    files: Annotated[list[Path], typer.Argument(help="JSON files, each one resource")],
    profile: Annotated[
        str | None, typer.Option(help="address of a profile that each must follow too")
    ] = None,
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
        found = verdict.of_body(body, strict_json.Limits(), profile)
        faulty = faulty or validation.has_errors(found)
        print(encode(verdict.outcome(found)).decode())
    if faulty:
        raise typer.Exit(1)
