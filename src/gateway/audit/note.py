"""Signed notes: short texts with an Ed25519 signature, as in C2SP's signed-note specification.

https://c2sp.org/signed-note. A key's id is the first four bytes of
SHA-256(name || 0x0A || 0x01 || public key); 0x01 stands for Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "— "


class NoteError(ValueError):
    """A note or a verifier key that is not in the form the specification asks for."""


class SignatureError(ValueError):
    """A note that carries no valid signature by the key asked for."""


def is_key_name(name: str) -> bool:
    """Whether the name can stand in a signature line: not empty, no spaces, no plus sign."""
    return bool(name) and "+" not in name and name.split() == [name]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and a public key; its text form `name+id+key` is what `audit.pub` holds."""

    name: str
    public: Ed25519PublicKey
    id: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        named = self.name.encode() + b"\n" + ED25519 + self.public.public_bytes_raw()
        object.__setattr__(self, "id", hashlib.sha256(named).digest()[:4])

    def text(self) -> str:
        key = base64.b64encode(ED25519 + self.public.public_bytes_raw()).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    def opened(self, note: str) -> str:
        """The note's text, if this key signed it. Signatures by other keys are passed over."""
        text, lines = _split(note)
        for line in lines:
            name, _, encoded = line.removeprefix(DASH).partition(" ")
            signature = _base64(encoded)
            if name == self.name and signature[:4] == self.id:
                self._check(signature[4:], text)
                return text
        raise SignatureError(f"the note is not signed by {self.name}")

    def _check(self, signature: bytes, text: str) -> None:
        try:
            self.public.verify(signature, text.encode())
        except InvalidSignature as error:
            raise SignatureError(f"the signature by {self.name} does not fit the note") from error


@dataclass(frozen=True, slots=True)
class Signer:
    """A name and a private key. The key is never shown."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    verifier: Verifier = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "verifier", Verifier(self.name, self.private.public_key()))

    def signed(self, text: str) -> str:
        """The note: the text, which ends in a newline, an empty line, and the signature line."""
        if not text.endswith("\n"):
            raise NoteError("a note's text ends in a newline")
        signature = base64.b64encode(self.verifier.id + self.private.sign(text.encode())).decode()
        return f"{text}\n{DASH}{self.name} {signature}\n"


def verifier(text: str) -> Verifier:
    """Read a verifier key string; refused where its id does not fit its name and key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        raise NoteError("a verifier key is name+id+key")
    key = _base64(parts[2])
    if key[:1] != ED25519 or len(key) != 33:
        raise NoteError("the verifier key is not an Ed25519 key")
    read = Verifier(parts[0], Ed25519PublicKey.from_public_bytes(key[1:]))
    if read.id.hex() != parts[1]:
        raise NoteError("the verifier key's id does not fit its name and key")
    return read


def _split(note: str) -> tuple[str, list[str]]:
    text, gap, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not gap or lines.pop() != "" or not lines:
        raise NoteError("a note is text, an empty line and signature lines")
    if not all(line.startswith(DASH) for line in lines):
        raise NoteError("a signature line starts with an em dash")
    return text + "\n", lines


def _base64(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("a key or signature is not base64") from error
    if base64.b64encode(decoded).decode() != text:
        raise NoteError("a key or signature is not canonical base64")
    return decoded
