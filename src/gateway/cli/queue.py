"""onestory queue: what waits for an officer, and clearing it. Each leaves its row in the log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.opening import open_gateway
from gateway.actions.queueing import Waiting
from gateway.actions.told_endings import Told
from gateway.cli.addresses import Database, KeysDir, checkpoints_of, existing, keys_in
from gateway.cli.client import opened
from gateway.cli.wrongly import used_wrongly
from gateway.storage import officers
from gateway.storage.database import UnusableDatabaseError
from gateway.storage.times import instant

app = typer.Typer(help="What waits for an officer.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="The registered officer who looks (onestory officer add).")]


@app.command("list")
def list_all(database: Database, by: By, keys: KeysDir = None) -> None:
    """Print what waits as a JSON array, the oldest first; and then every service that was told that
    a consent has ended and has not confirmed it (it has no number: the service clears it itself).

    Example: onestory queue list --database sqlite:///.onestory/gateway.db --by "A. Officer"
    """
    with _gateway(database, by, keys) as gateway:
        found = asyncio.run(gateway.officers_queue(gateway.officer_requester(by)))
    if isinstance(found, Answer):
        used_wrongly(found.problems[0].diagnostics)
    unconfirmed = [_unconfirmed(each) for each in found.unconfirmed]
    typer.echo(json.dumps([_shown(each) for each in found.waiting] + unconfirmed, indent=2))


@app.command()
def clear(
    item: Annotated[
        int, typer.Argument(min=1, max=2**53, help="The item's number, as queue list prints it.")
    ],
    database: Database,
    by: By,
    note: Annotated[str, typer.Option(help="What was found and done.")],
    keys: KeysDir = None,
) -> None:
    """Clear an item: never by the one whose doing it is, nor by their organisation. Exits 1 where
    it was not cleared.

    Example: onestory queue clear 7 --database sqlite:///.onestory/gateway.db --by "A. Officer"
    --note "Spoke to the ward: she was unconscious."
    """
    with _gateway(database, by, keys) as gateway:
        answer = asyncio.run(gateway.clear_item(gateway.officer_requester(by), item, note))
    if answer.status != 204:
        problem = answer.problems[0]
        typer.echo(f"{problem.expression or 'item'}: {problem.diagnostics}", err=True)
        raise typer.Exit(1)
    typer.echo(json.dumps({"item": item, "cleared": True}))


@contextmanager
def _gateway(database: str, by: str, keys: Path | None) -> Iterator[Gateway]:
    """The gateway on a database that a server may be using, for a registered officer."""
    held = keys_in(keys)
    with opened(existing(database)) as connection:
        if officers.named(connection, by) is None:
            used_wrongly("--by: no officer who serves has this name; see onestory officer list")
    try:
        outside = checkpoints_of(database, keys, None)
        gateway = open_gateway(database, held, "http://127.0.0.1", checkpoints=outside)
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    try:
        yield gateway
    finally:
        gateway.close()


def _unconfirmed(told: Told) -> dict[str, Any]:
    telling = told.telling
    return {
        "item": None,
        "kind": "unconfirmed-ending",
        "id": telling.id,
        "about": f"Task/{telling.id}" if telling.is_told else f"Consent/{telling.consent}",
        "since": instant(telling.at),
        "organization": f"Organization/{telling.organization}",
        "status": telling.status,
        "reason": told.reason or None,
        "times": telling.times,
        "asked": instant(telling.asked) if telling.asked else None,
        "due": instant(telling.due) if telling.due else None,
    }


def _shown(waiting: Waiting) -> dict[str, Any]:
    item, emergency = waiting.item, waiting.emergency
    shown: dict[str, Any] = {
        "item": item.id,
        "kind": item.kind.value,
        "about": item.about,
        "since": instant(item.at),
        "organization": f"Organization/{item.organization}" if item.organization else None,
        "practitioner": item.practitioner,
        "own": waiting.own,
    }
    if emergency is not None:
        shown |= {
            "patient": f"Patient/{emergency.patient}",
            "reason": emergency.reason,
            "until": instant(emergency.ended or emergency.until),
            "times": waiting.times,
        }
    return shown
