"""A checkpoint says how large the log is and what its root is, signed.

The text is C2SP's tlog-checkpoint (https://c2sp.org/tlog-checkpoint): the log's name, the number of
entries, the root in base64, each on its own line. The note around it is in `note`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from gateway.audit.note import NoteError, Signer, Verifier


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries the log holds and the RFC 6962 root over them."""

    size: int
    root: bytes


def sign(signer: Signer, checkpoint: Checkpoint) -> str:
    """The signed note; the log's name and its key's name are one."""
    root = base64.b64encode(checkpoint.root).decode()
    return signer.signed(f"{signer.name}\n{checkpoint.size}\n{root}\n")


def read(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint of a note that this key signed; NoteError or SignatureError otherwise."""
    lines = verifier.opened(note).split("\n")
    if len(lines) < 4 or lines[0] != verifier.name:
        raise NoteError("a checkpoint is the log's name, a size and a root")
    return Checkpoint(_size(lines[1]), _root(lines[2]))


def to_line(note: str) -> str:
    """The note as one line of the checkpoint file: a JSON string."""
    return json.dumps(note, ensure_ascii=False) + "\n"


def from_line(line: str) -> str:
    """The note in a line of the checkpoint file."""
    try:
        note = json.loads(line)
    except ValueError as error:
        raise NoteError("a line of the checkpoint file is a JSON string") from error
    if not isinstance(note, str) or to_line(note).rstrip("\n") != line.rstrip("\n"):
        raise NoteError("a line of the checkpoint file is a JSON string")
    return note


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or str(int(text)) != text:
        raise NoteError("a checkpoint's size is a decimal number")
    return int(text)


def _root(text: str) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NoteError("a checkpoint's root is base64") from error
    if len(root) != 32:
        raise NoteError("a checkpoint's root is 32 bytes")
    return root
