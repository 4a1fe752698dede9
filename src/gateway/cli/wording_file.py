"""The file with the wording that a site is licensed to use, as commands are given it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.wrongly import used_wrongly
from gateway.fhir import strict_json
from mappings import wording
from mappings.verdict import Fault
from mappings.wording import Unreadable, Wordings

WordingFile = Annotated[
    Path | None,
    typer.Option(
        "--wording",
        envvar="ONESTORY_WORDING",
        help="File with the wording of questions that the site is licensed to use; our own short"
        " labels where there is none.",
    ),
]


def wordings_in(file: Path | None) -> Wordings:
    """The licensed texts of a file, none where no file is named; a one-line refusal otherwise."""
    if file is None:
        return {}
    held = read_wordings(file)
    if isinstance(held, Unreadable):
        first, *rest = held.faults
        more = f" (and {len(rest)} more: onestory wording check FILE)" if rest else ""
        used_wrongly(f"--wording: {first.where} {first.reason}{more}")
    return held


def read_wordings(file: Path) -> Wordings | Unreadable:
    """The licensed texts of a file, or everything that is wrong with it."""
    try:
        tree = strict_json.parse(file.read_bytes(), strict_json.Limits())
    except OSError:
        return Unreadable((Fault(repr(file.name), "must be a file that can be read"),))
    if not isinstance(tree, tuple):
        return wording.read(tree)
    return Unreadable(tuple(Fault(_place(one.expression, file), one.diagnostics) for one in tree))


def _place(expression: str, file: Path) -> str:
    """Where in the file; the whole of it where the fault is nowhere else."""
    return expression.removeprefix("Resource").lstrip(".") or repr(file.name)
