"""onestory same-person: which Patients were confirmed to be one person, and by whom."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.actions.confirming import NewConfirmation
from gateway.cli.acts import By, acted, text
from gateway.cli.addresses import Database, KeysDir

app = typer.Typer(help="Record which Patients are one person.", no_args_is_help=True)

Both = Annotated[
    list[str], typer.Option("--patient", help="Patient/<id>: any organisation's. Twice.")
]
One = Annotated[str | None, typer.Option(help="Patient/<id>: only what is about this person.")]


@app.command()
def confirm(
    database: Database,
    patient: Both,
    ground: Annotated[str, typer.Option(help="What was seen or said, and when.")],
    by: By,
    on_their_word: Annotated[
        bool, typer.Option("--on-their-word", help="It was the person who confirmed it.")
    ] = False,
    keys: KeysDir = None,
) -> None:
    """Record that two Patients are one person, where number and birth date do not say so.

    From the next request on what either agreed to holds for both, and what either refused does.
    Two whose NHS numbers differ are not one person: the wrong number is to be corrected.

    Example: onestory same-person confirm --database sqlite:///.onestory/gateway.db
    --patient Patient/4f1c --patient Patient/9a20 --ground "Met at the day centre on 3 May, both
    keyworkers there" --by "P. Officer" --on-their-word
    """
    new = NewConfirmation(patient, text(ground, "--ground"), on_their_word)
    acted(database, keys, by, lambda gateway, officer: gateway.confirm_same_person(officer, new))


@app.command()
def end(
    record: Annotated[str, typer.Argument(help="The id that confirm printed.")],
    database: Database,
    by: By,
    reason: Annotated[
        str, typer.Option(help="Why they are two people; each of them reads it in the log.")
    ],
    keys: KeysDir = None,
) -> None:
    """End a confirmation: from the next request on the two are kept apart again, unless number and
    birth date, or something else that was confirmed, join them.

    Example: onestory same-person end ID --database sqlite:///.onestory/gateway.db
    --by "P. Officer" --reason "Two people with one name"
    """
    why = text(reason, "--reason")
    acted(
        database, keys, by, lambda gateway, officer: gateway.end_same_person(officer, record, why)
    )


@app.command("list")
def list_all(database: Database, by: By, patient: One = None, keys: KeysDir = None) -> None:
    """Print every confirmation, those that have ended too, as a JSON array; the look is in the log.

    Example: onestory same-person list --database sqlite:///.onestory/gateway.db --by "P. Officer"
    """
    acted(database, keys, by, lambda gateway, officer: gateway.same_persons(officer, patient))
