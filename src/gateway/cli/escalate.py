"""onestory escalate: raise each referral that nobody answered in time to who sent it."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing

import typer

from gateway.actions.opening import open_gateway
from gateway.cli.addresses import Checkpoints, Database, KeysDir, checkpoints_of, existing, keys_in
from gateway.cli.wrongly import used_wrongly
from gateway.storage.database import UnusableDatabaseError


def escalate(database: Database, keys: KeysDir = None, checkpoints: Checkpoints = None) -> None:
    """Raise what is late, and print a line of JSON for each: its Task, and what was raised.

    A running server does so by itself, every minute; this works beside it, and raises each once.

    Example: onestory escalate --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    held = keys_in(keys)
    try:
        outside = checkpoints_of(database, keys, checkpoints)
        gateway = open_gateway(existing(database), held, "", checkpoints=outside)
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    with closing(gateway):
        late = asyncio.run(gateway.escalate())
    for each in late:
        typer.echo(json.dumps({"task": each.task, "raised": list(each.raised)}))
