"""onestory judgement: what was judged about a person and one decision."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.actions.deputising import NewJudgement
from gateway.cli.acts import By, Patient, Record, acted, text
from gateway.cli.addresses import Database, KeysDir
from gateway.storage.judgements import Kind

app = typer.Typer(help="Record what was judged about one decision.", no_args_is_help=True)


@app.command()
def add(
    database: Database,
    patient: Patient,
    kind: Annotated[Kind, typer.Option(help="Able under sixteen, or not able now.")],
    about: Annotated[
        str, typer.Option(help="The decision: what this service may see (ODS code), or everything.")
    ],
    evidence: Annotated[str, typer.Option(help="Who judged, when, on what ground.")],
    by: By,
    days: Annotated[int, typer.Option(min=1, help="After how many days to judge again.")] = 365,
    keys: KeysDir = None,
) -> None:
    """Record that someone under sixteen may decide this (gillick), or that someone cannot decide
    it now (lacks-capacity). A judgement is about one decision: which service may see anything.

    Example: onestory judgement add --database sqlite:///.onestory/gateway.db
    --patient Patient/4f1c --kind gillick --about RX101 --evidence "Judged by S. Nurse, 3 May"
    --by "P. Officer"
    """
    new = NewJudgement(patient, kind, about, text(evidence, "--evidence"), days)
    acted(database, keys, by, lambda gateway, officer: gateway.add_judgement(officer, new))


@app.command()
def end(record: Record, database: Database, by: By, keys: KeysDir = None) -> None:
    """End a judgement: it says nothing of what is decided from then on.

    Example: onestory judgement end ID --database sqlite:///.onestory/gateway.db --by "P. Officer"
    """
    acted(database, keys, by, lambda gateway, officer: gateway.end_judgement(officer, record))


@app.command("list")
def list_all(database: Database, patient: Patient, by: By, keys: KeysDir = None) -> None:
    """Print every judgement about a person as a JSON array; the look is in the log.

    Example: onestory judgement list --database sqlite:///.onestory/gateway.db
    --patient Patient/4f1c --by "P. Officer"
    """
    acted(database, keys, by, lambda gateway, officer: gateway.judgements_of(officer, patient))
