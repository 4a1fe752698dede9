"""onestory review: raise each plan that is to be looked at again to its coordinator's service."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing

import typer

from gateway.actions.opening import open_gateway
from gateway.cli.addresses import Checkpoints, Database, KeysDir, checkpoints_of, existing, keys_in
from gateway.cli.wrongly import used_wrongly
from gateway.storage.database import UnusableDatabaseError


def review(database: Database, keys: KeysDir = None, checkpoints: Checkpoints = None) -> None:
    """Raise what is near, and print a line of JSON for each: the plan, and its Task.

    A running server does so by itself, every minute; this works beside it, and raises each once.

    Example: onestory review --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    held = keys_in(keys)
    try:
        outside = checkpoints_of(database, keys, checkpoints)
        gateway = open_gateway(existing(database), held, "", checkpoints=outside)
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    with closing(gateway):
        due = asyncio.run(gateway.review())
    for each in due:
        typer.echo(json.dumps({"plan": each.plan, "task": each.task}))
