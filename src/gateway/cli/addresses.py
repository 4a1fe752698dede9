"""Where a command finds the database, the keys, and the checkpoints outside the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from consent.label_rules import Rules
from consent.site_rule_shapes import SiteRulesError
from consent.site_rules import with_site
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
LabelRules = Annotated[
    Path | None,
    typer.Option(
        envvar="ONESTORY_LABEL_RULES",
        help="File with the site's own labelling rules; those of the product where there is none.",
    ),
]


def rules_in(file: Path | None) -> Rules | None:
    """The rules of the product with the site's; None where no file is named."""
    if file is None:
        return None
    try:
        return with_site(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        used_wrongly(f"--label-rules: {file.name!r} is no readable file of JSON")
    except SiteRulesError as problem:
        used_wrongly(f"--label-rules: {problem}")


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
