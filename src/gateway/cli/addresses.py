"""Where a command finds the database, the keys, and the checkpoints outside the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.log import checkpoint_file
from gateway.cli.wrongly import used_wrongly
from gateway.keys import Keys, KeysMissing, load
from gateway.storage.database import (
    UnusableDatabaseError,
    database_path,
    exists,
    is_postgres,
    shown,
)
from gateway.storage.postgres import database_name

ADDRESS = "sqlite:///PATH (four slashes for an absolute path) or postgresql://USER@HOST/NAME."
Database = Annotated[str, typer.Option(help=ADDRESS)]
KeysDir = Annotated[
    Path | None, typer.Option("--keys", envvar="ONESTORY_KEYS", help="Directory of the keys.")
]
Checkpoints = Annotated[
    Path | None,
    typer.Option(
        envvar="ONESTORY_CHECKPOINTS",
        help="The checkpoint file. By default beside an SQLite database, and beside the keys for"
        " PostgreSQL, named after the database.",
    ),
]


def keys_in(directory: Path | None) -> Keys:
    """The keys of the directory that was named; a one-line refusal otherwise."""
    if directory is None:
        used_wrongly("name the keys: set ONESTORY_KEYS or give --keys (onestory keys init)")
    try:
        return load(directory)
    except KeysMissing as problem:
        used_wrongly(str(problem))


def checkpoints_of(database: str, keys: Path | None, named: Path | None) -> Path | None:
    """The checkpoint file of a database, whose keys are in this directory."""
    if named is not None:
        return named
    if not is_postgres(database):
        return checkpoint_file(database_path(database))
    return None if keys is None else keys / f"{database_name(database)}.checkpoints"


def existing(database: str) -> str:
    """The address of a database that is there; a one-line refusal otherwise."""
    try:
        if not exists(database):
            used_wrongly(f"--database: no file, or no database, is at {shown(database)!r}")
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    return database
