"""A receipt says that an entry is in the log, without saying where.

It is a signed note whose first line is `<log's name>/receipt`, so that none can be taken for a
checkpoint; its second line is the entry's leaf hash in base64.
"""

from __future__ import annotations

import base64

from gateway.audit.note import NoteError, Signer, Verifier


def receipt(signer: Signer, leaf: bytes) -> str:
    return signer.signed(f"{_title(signer.name)}\n{base64.b64encode(leaf).decode()}\n")


def receipted(note: str, verifier: Verifier) -> bytes:
    """The leaf hash that this key gave the receipt for; NoteError or SignatureError otherwise."""
    title, _, rest = verifier.opened(note).partition("\n")
    if title != _title(verifier.name):
        raise NoteError("a receipt's first line names the log and says receipt")
    return base64.b64decode(rest)


def _title(name: str) -> str:
    return f"{name}/receipt"
