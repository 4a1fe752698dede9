"""onestory serve and onestory migrate."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, cast

import structlog
import typer

from gateway.actions.gateway import Gateway
from gateway.actions.installation import Limits
from gateway.actions.opening import migrate as migrate_all
from gateway.cli.addresses import (
    Checkpoints,
    Database,
    KeysDir,
    LabelRules,
    checkpoints_of,
    keys_in,
    rules_in,
)
from gateway.cli.serving import Worker, run, run_workers
from gateway.cli.wording_file import WordingFile, wordings_in
from gateway.cli.wrongly import used_wrongly
from gateway.storage.database import UnusableDatabaseError, connect, is_postgres, shown
from gateway.storage.relabelling import waits


def serve(
    database: Database,
    keys: KeysDir = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes that serve; more than one on PostgreSQL alone.")
    ] = 1,
    base_url: Annotated[
        str | None, typer.Option(help="Where clients reach it, such as https://fhir.example.org.")
    ] = None,
    checkpoints: Checkpoints = None,
    label_rules: LabelRules = None,
    wording: WordingFile = None,
) -> None:
    """Serve FHIR and the pages.

    On PostgreSQL any number of workers and servers may share one database.

    Example: onestory serve --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    if workers > 1 and not is_postgres(database):
        used_wrongly("an SQLite database takes one worker: leave --workers at 1")
    keys_in(keys)  # refused here, in one line
    rules_in(label_rules)
    wordings_in(wording)
    try:
        worker = Worker(
            database=database,
            keys=cast("Path", keys),
            base_url=(base_url or f"http://{host}:{port}").rstrip("/"),
            limits=limits_in_force(),
            checkpoints=checkpoints_of(database, keys, checkpoints),
            label_rules=label_rules,
            wording=wording,
        )
        gateway = worker.opened()
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    _say_what_waits(gateway, database)
    if workers == 1:
        run(gateway, host, port)
        return
    gateway.close()  # all is well: each worker opens its own
    run_workers(worker, host, port, workers)


def _say_what_waits(gateway: Gateway, database: str) -> None:
    """What other rules labelled nobody else has: an operator should know."""
    with closing(connect(database)) as connection:
        if waits(connection, gateway.installation.resources.labelling):
            text = "other rules labelled what is stored: run onestory relabel --database %s"
            structlog.get_logger("gateway").warning(text, shown(database))


def limits_in_force() -> Limits:
    """The limits; ONESTORY_RATE_LIMIT=off switches the rate limit off, and the log says so;
    ONESTORY_KEPT_ANSWERS=off keeps no answer in memory to give it again."""
    limits = Limits()
    if os.environ.get("ONESTORY_KEPT_ANSWERS") == "off":
        limits = replace(limits, kept_answers=0)
    if os.environ.get("ONESTORY_RATE_LIMIT") == "off":
        structlog.get_logger("gateway").warning("rate limits are off; size and time limits stay")
        limits = replace(limits, requests_a_second=None)
    return limits


def migrate(database: Database, keys: KeysDir = None) -> None:
    """Bring schema, definitions and the built-in portal up to date. Safe to run twice.

    Example: onestory migrate --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    try:
        migrate_all(database, keys_in(keys))
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
