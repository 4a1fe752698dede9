"""onestory chase: ask those again who were told that a consent has ended, and have not answered."""

from __future__ import annotations

import json

import typer

from gateway.actions.gateway import Gateway
from gateway.cli.acts import by_itself
from gateway.cli.addresses import Checkpoints, Database, KeysDir
from gateway.storage.times import instant, microseconds


def chase(database: Database, keys: KeysDir = None, checkpoints: Checkpoints = None) -> None:
    """Ask again, and print a line of JSON for each notice that was sent again.

    A running server does so by itself, every minute; this works beside it, and asks nobody twice.

    Example: onestory chase --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    for each in by_itself(database, keys, checkpoints, Gateway.chase):
        line = {
            "task": each.task,
            "organization": each.organization,
            "times": each.times,
            "due": instant(microseconds(each.due)),
        }
        typer.echo(json.dumps(line))
