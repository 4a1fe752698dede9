"""onestory chase: ask those again who were told that a consent has ended, and have not answered."""

from __future__ import annotations

import asyncio
import json

import typer

from gateway.actions.opening import open_gateway
from gateway.cli.addresses import Checkpoints, Database, KeysDir, checkpoints_of, existing, keys_in
from gateway.cli.wrongly import used_wrongly
from gateway.storage.database import UnusableDatabaseError
from gateway.storage.times import instant, microseconds


def chase(database: Database, keys: KeysDir = None, checkpoints: Checkpoints = None) -> None:
    """Ask again, and print a line of JSON for each notice that was sent again.

    A running server does so by itself, every minute; this works beside it, and asks nobody twice.

    Example: onestory chase --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    held = keys_in(keys)
    try:
        outside = checkpoints_of(database, keys, checkpoints)
        gateway = open_gateway(existing(database), held, "http://127.0.0.1", checkpoints=outside)
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    try:
        chased = asyncio.run(gateway.chase())
    finally:
        gateway.close()
    for each in chased:
        line = {
            "task": each.task,
            "organization": each.organization,
            "times": each.times,
            "due": instant(microseconds(each.due)),
        }
        typer.echo(json.dumps(line))
