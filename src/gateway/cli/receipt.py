"""onestory receipt: what a receipt says, and whether it holds; no server, public keys only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.checking_receipt import Faulty, Sound, check
from gateway.audit.checkpoint import from_line
from gateway.audit.consent_receipt import jwk
from gateway.audit.note import NoteError, verifier
from gateway.cli.wrongly import used_wrongly

app = typer.Typer(help="Check the receipt for a choice.", no_args_is_help=True)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt: a .jws file.")],
    key: Annotated[Path, typer.Option(help="The log's public key: audit.pub.")],
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Signed checkpoints from elsewhere: a note, or a checkpoint file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what was agreed, and check that the log's key signed it and that the log holds it.

    Exits 0 where everything in it holds, 1 at the first fault, which is named with its kind, 2
    where a file cannot be used. With --checkpoint the receipt must agree with a checkpoint of the
    same size from there.

    Example: onestory receipt verify receipt.jws --key .onestory/keys/audit.pub
    """
    try:
        known = verifier(_text(key, "--key"))
        outside = None if checkpoint is None else _notes(checkpoint)
    except NoteError as error:
        used_wrongly(f"--key or --checkpoint: {error}")
    found = check(_text(file, "FILE").removesuffix("\n").removesuffix("\r"), known, outside)
    if isinstance(found, Faulty):
        _tell_fault(found, as_json)
        raise typer.Exit(1)
    typer.echo(json.dumps(_told(found), ensure_ascii=False) if as_json else _in_words(found))


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="The log's public key: audit.pub.")],
) -> None:
    """Print the log's public key as a JSON Web Key, for other tools that read JWS.

    Example: onestory receipt key .onestory/keys/audit.pub
    """
    try:
        typer.echo(json.dumps(jwk(verifier(_text(file, "FILE")))))
    except NoteError as error:
        used_wrongly(f"FILE: {error}")


def _text(path: Path, named: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        used_wrongly(f"{named}: {error.filename}: {error.strerror}")
    except UnicodeDecodeError:
        return ""  # no receipt and no key is that; both say so


def _notes(path: Path) -> list[str]:
    """The signed notes of a file: one note as it is, or a JSON string a line."""
    text = _text(path, "--checkpoint")
    if not text.startswith('"'):
        return [text]
    whole = text[: text.rfind("\n") + 1]  # a last line without its end was torn by a kill
    return [from_line(line) for line in whole.splitlines(keepends=True)]


def _told(sound: Sound) -> dict[str, object]:
    receipt = sound.receipt
    return {
        "sound": True,
        "words": receipt.words,
        "record": receipt.record,
        "version": receipt.version,
        "issued": receipt.issued,
        "log": receipt.place.log,
        "index": receipt.place.index,
        "size": sound.size,
        "pinned": sound.pinned,
        "shown": sound.shown,
        "confirmed": sound.confirmed,
    }


def _in_words(sound: Sound) -> str:
    receipt, record = sound.receipt, sound.receipt.record
    place = receipt.place
    lines = [
        *receipt.words,
        "",
        f"sound: {receipt.version} is entry {place.index} of {sound.size} in {place.log}",
        f"recorded {record['events'][0]['event_time']}, receipt of {receipt.issued}",
    ]
    if not sound.shown:
        lines.append("the entry is not shown: it was written in one act with other things")
    elif not sound.pinned:
        lines.append("the log says which choice was written, not in which words: it is older")
    if sound.confirmed:
        lines.append("a checkpoint from elsewhere agrees")
    return "\n".join(lines)


def _tell_fault(faulty: Faulty, as_json: bool) -> None:
    told = {"sound": False, "kind": faulty.kind, "sentence": faulty.sentence}
    typer.echo(json.dumps(told) if as_json else f"{faulty.kind}: {faulty.sentence}")
