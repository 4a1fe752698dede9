"""onestory delegate: who may decide for a person, on which ground."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.actions.deputising import NewDelegate
from gateway.cli.acts import By, Patient, Record, acted, text
from gateway.cli.addresses import Database, KeysDir
from gateway.storage.delegates import Basis

app = typer.Typer(help="Record who may decide for a person.", no_args_is_help=True)


@app.command()
def add(
    database: Database,
    patient: Patient,
    subject: Annotated[
        str, typer.Option(help="<system>|<value>, as their portal's tokens name them (subject_id).")
    ],
    name: Annotated[str, typer.Option(help="How they are called.")],
    basis: Annotated[Basis, typer.Option(help="On which ground.")],
    evidence: Annotated[str, typer.Option(help="What was seen: a registration, an order.")],
    by: By,
    days: Annotated[int | None, typer.Option(min=1, help="For how long; else until ended.")] = None,
    keys: KeysDir = None,
) -> None:
    """Record that someone may decide for a person.

    An attorney has a registered lasting power of attorney for health and welfare, and decides only
    what the person was judged not to be able to (onestory judgement). A deputy has an order. A
    parent decides for someone under sixteen, and is never a delegate by default.

    Example: onestory delegate add --database sqlite:///.onestory/gateway.db --patient Patient/4f1c
    --subject "https://portal.example/user|71" --name "Ada Example" --basis lpa-health-welfare
    --evidence "OPG registration seen" --by "P. Officer"
    """
    new = NewDelegate(
        patient, subject, text(name, "--name"), basis, text(evidence, "--evidence"), days
    )
    acted(database, keys, by, lambda gateway, officer: gateway.add_delegate(officer, new))


@app.command()
def end(record: Record, database: Database, by: By, keys: KeysDir = None) -> None:
    """End a record: from the next request on they decide nothing and see nothing.

    Example: onestory delegate end ID --database sqlite:///.onestory/gateway.db --by "P. Officer"
    """
    acted(database, keys, by, lambda gateway, officer: gateway.end_delegate(officer, record))


@app.command("list")
def list_all(database: Database, patient: Patient, by: By, keys: KeysDir = None) -> None:
    """Print every record about a person as a JSON array; the look is in the log.

    Example: onestory delegate list --database sqlite:///.onestory/gateway.db
    --patient Patient/4f1c --by "P. Officer"
    """
    acted(database, keys, by, lambda gateway, officer: gateway.delegates_of(officer, patient))


@app.command("set-aside")
def set_aside(
    consent: Annotated[str, typer.Argument(help="The id of a Consent that a delegate gave.")],
    database: Database,
    by: By,
    reason: Annotated[str, typer.Option(help="The best-interests decision, and why.")],
    keys: KeysDir = None,
) -> None:
    """Record a best-interests decision against what a delegate said: it counts no more.

    Where delegates disagree the narrower stands until then. What the person said stays.

    Example: onestory delegate set-aside CONSENT_ID --database sqlite:///.onestory/gateway.db
    --by "P. Officer" --reason "Best-interests meeting of 3 May"
    """
    why = text(reason, "--reason")
    acted(database, keys, by, lambda gateway, officer: gateway.set_aside(officer, consent, why))
