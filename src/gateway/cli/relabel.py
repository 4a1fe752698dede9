"""onestory relabel: the labels of what is stored, brought up to date with the rules in force."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from gateway.actions.opening import labelled_resources, new_uuid, utc_now
from gateway.actions.relabelling import Append, Done, Relabelling
from gateway.audit.log import Log, PendingLog
from gateway.cli.addresses import (
    Checkpoints,
    Database,
    KeysDir,
    LabelRules,
    checkpoints_of,
    existing,
    keys_in,
    rules_in,
)
from gateway.cli.wrongly import used_wrongly
from gateway.storage.connection import Connection
from gateway.storage.database import (
    UnusableDatabaseError,
    connect,
    is_postgres,
    schema_is_current,
    shown,
)


def relabel(
    database: Database,
    keys: KeysDir = None,
    label_rules: LabelRules = None,
    checkpoints: Checkpoints = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
) -> None:
    """Label again what was labelled by other rules than those in force; the rest stays as it is.

    Until it is done nobody but its author and the person has what waits. It works beside running
    servers, may be interrupted, and run again. Labels that an author raised stay.

    Example: onestory relabel --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    held, rules = keys_in(keys), rules_in(label_rules)
    with _opened(existing(database)) as connection:
        resources, operator = labelled_resources(connection, held, rules)
        append: Append = PendingLog(_nobody_waits).append
        if not is_postgres(database):
            append = Log(held.signer, checkpoints_of(database, keys, checkpoints)).append
        run = Relabelling(connection, resources, append, utc_now, new_uuid, operator)
        done = run.run(dry=dry_run, told=_progress)
    if sys.stderr.isatty():
        typer.echo("", err=True)
    summary = {
        "rules": resources.labelling.rules.version,
        "waited": done.waiting,
        "labelled": done.seen,
        "changed": done.changed,
        "unjudged": done.unjudged,
        "pending": done.pending,
        "dry_run": dry_run,
    }
    typer.echo(json.dumps(summary))


def _progress(done: Done) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\rlabelled {done.seen:,} of {done.waiting:,}", err=True, nl=False)


def _nobody_waits() -> None:
    """The server that seals the log looks for new rows by itself."""


@contextmanager
def _opened(database: str) -> Iterator[Connection]:
    try:
        connection = connect(database)
        with closing(connection):
            if schema_is_current(connection) is not True:
                used_wrongly(f"run onestory migrate --database {shown(database)} first")
            yield connection
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
