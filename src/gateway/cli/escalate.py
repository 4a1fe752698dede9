"""onestory escalate: raise each referral that nobody answered in time to who sent it."""

from __future__ import annotations

import json

import typer

from gateway.actions.gateway import Gateway
from gateway.cli.acts import by_itself
from gateway.cli.addresses import Checkpoints, Database, KeysDir


def escalate(database: Database, keys: KeysDir = None, checkpoints: Checkpoints = None) -> None:
    """Raise what is late, and print a line of JSON for each: its Task, and what was raised.

    A running server does so by itself, every minute; this works beside it, and raises each once.

    Example: onestory escalate --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    for each in by_itself(database, keys, checkpoints, Gateway.escalate):
        typer.echo(json.dumps({"task": each.task, "raised": list(each.raised)}))
