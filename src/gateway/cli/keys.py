"""onestory keys: make the keys that the server needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.wrongly import used_wrongly
from gateway.keys import AUDIT_NAME, VERIFIER, KeysExist, KeysMissing, create
from gateway.keys import public as public_key

app = typer.Typer(help="Make the keys that the server needs.", no_args_is_help=True)

Directory = Annotated[Path, typer.Option("--dir", help="Where the keys are kept.")]


@app.command()
def init(
    directory: Directory,
    log_name: Annotated[
        str, typer.Option(help="What the log's key is called in its signatures.")
    ] = AUDIT_NAME,
) -> None:
    """Make all keys the server needs, once. Keys that are there are never replaced.

    Keep a copy apart from the database: without keys.json nothing stored can be read again.
    audit.pub is public: it is what onestory audit verify asks for.

    Example: onestory keys init --dir .onestory/keys
    """
    try:
        create(directory, log_name)
    except (KeysExist, OSError, ValueError) as error:
        used_wrongly(_one_line(error))
    typer.echo(json.dumps({"keys": str(directory), "audit_pub": str(directory / VERIFIER)}))


@app.command()
def public(directory: Directory) -> None:
    """Print the log's public key, and write it to audit.pub where it is missing.

    Example: onestory keys public --dir .onestory/keys
    """
    try:
        typer.echo(public_key(directory))
    except (KeysMissing, OSError) as error:
        used_wrongly(_one_line(error))


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)
