"""onestory review: raise each plan that is to be looked at again to its coordinator's service."""

from __future__ import annotations

import json

import typer

from gateway.actions.gateway import Gateway
from gateway.cli.acts import by_itself
from gateway.cli.addresses import Checkpoints, Database, KeysDir


def review(database: Database, keys: KeysDir = None, checkpoints: Checkpoints = None) -> None:
    """Raise what is near, and print a line of JSON for each: the plan, and its Task.

    A running server does so by itself, every minute; this works beside it, and raises each once.

    Example: onestory review --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    for each in by_itself(database, keys, checkpoints, Gateway.review):
        typer.echo(json.dumps({"plan": each.plan, "task": each.task}))
