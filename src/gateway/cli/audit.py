"""onestory audit: is the log whole, and the log as files."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.entry import microseconds
from gateway.audit.export import Format, Part
from gateway.audit.export import export as write_export
from gateway.audit.exported import entries_file, verify_export
from gateway.audit.note import NoteError
from gateway.audit.rows import published
from gateway.audit.verify import Broken, Whole, snapshot, verify_at
from gateway.cli.addresses import (
    ADDRESS,
    Checkpoints,
    Database,
    KeysDir,
    checkpoints_of,
    existing,
)
from gateway.cli.wrongly import used_wrongly
from gateway.storage.connection import STORAGE_ERRORS

app = typer.Typer(help="Check the log, or export it.", no_args_is_help=True)


@app.command()
def verify(
    key: Annotated[Path, typer.Option(help="The log's public key: audit.pub.")],
    database: Annotated[str | None, typer.Option(help=ADDRESS)] = None,
    export: Annotated[Path | None, typer.Option(help="A directory that audit export made.")] = None,
    checkpoints: Checkpoints = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the whole log with the public key only; name the first fault and its kind.

    Exits 0 where the log is whole, 1 where it is not, 2 where it could not be checked.

    Example: onestory audit verify --database sqlite:///.onestory/gateway.db
    --key .onestory/keys/audit.pub
    """
    if (database is None) == (export is None):
        used_wrongly("give --database or --export, one of them")
    try:
        text = key.read_text(encoding="utf-8")
        if database is not None:
            outside = checkpoints_of(existing(database), key.parent, checkpoints)
            verdict = verify_at(database, text, outside)
        else:
            verdict = verify_export(_export(export), text)
    except (OSError, UnicodeDecodeError):
        used_wrongly("the key or the log cannot be read: a file is missing or not permitted")
    except NoteError as error:
        used_wrongly(f"--key: {error}")
    except STORAGE_ERRORS as error:
        used_wrongly(f"the database cannot be read: {error}")
    _tell(verdict, as_json)


@app.command("export")
def write(
    database: Database,
    out: Annotated[Path, typer.Option(help="A new directory.")],
    form: Annotated[Format, typer.Option("--format", help="ndjson or csv.")] = Format.NDJSON,
    patient: Annotated[
        str | None, typer.Option(help="Only about this person: Patient/ID, any of theirs.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Only from this time on: ISO 8601, UTC if not said.")
    ] = None,
    checkpoints: Checkpoints = None,
    keys: KeysDir = None,
) -> None:
    """Write the log, or a part of it, as files that onestory audit verify --export checks.

    Example: onestory audit export --database sqlite:///.onestory/gateway.db --out log-2026
    """
    person = patient.removeprefix("Patient/") if patient is not None else None
    part = Part(person, _since(since))
    outside = checkpoints_of(existing(database), keys, checkpoints)
    lines = published(outside) if outside is not None else iter(())
    try:
        with closing(snapshot(database)) as connection:
            count = write_export(connection, lines, out, form, part)
    except OSError as error:
        used_wrongly(f"--out: {error.filename}: {error.strerror}")
    except STORAGE_ERRORS as error:
        used_wrongly(f"the database cannot be read: {error}")
    typer.echo(json.dumps({"entries": count, "file": str(out / part.file(form))}))


def _tell(verdict: Whole | Broken, as_json: bool) -> None:
    told: dict[str, object]
    if isinstance(verdict, Whole):
        told = {"whole": True, "entries": verdict.entries, "root": verdict.root.hex()}
        told |= {"checkpoints": verdict.outside, "complete": verdict.complete}
        name = "whole" if verdict.complete else "part"
        line = f"{name}: {verdict.entries} entries, root {verdict.root.hex()}"
        if verdict.pending is not None:
            told |= {"sealed": verdict.entries, "pending": verdict.pending}
            line += f"; sealed {verdict.entries}, pending {verdict.pending}"
    else:
        told = {"whole": False, "kind": verdict.kind, "position": verdict.position}
        told |= {"sentence": verdict.sentence}
        line = f"{verdict.kind}: {verdict.sentence}"
    typer.echo(json.dumps(told) if as_json else line)
    if isinstance(verdict, Broken):
        raise typer.Exit(1)
    _qualify(verdict)


def _qualify(verdict: Whole) -> None:
    """Say what a good verdict does not cover."""
    if not verdict.complete:
        typer.echo("a part: what was left out of it does not show", err=True)
    elif verdict.entries and not verdict.outside:
        typer.echo("no checkpoint file: entries cut off at the end would not show", err=True)


def _export(directory: Path | None) -> Path:
    if directory is None or (entries := entries_file(directory)) is None:
        used_wrongly("--export: the directory holds no export of the log")
    return entries


def _since(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        used_wrongly("--since: give a time such as 2026-01-31 or 2026-01-31T12:00:00Z")
    return microseconds((time if time.tzinfo else time.replace(tzinfo=UTC)).isoformat())
