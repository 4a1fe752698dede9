"""The keys a server needs, each for one use, in one file that is made once.

`keys.json` holds the secrets; `audit.pub` the verifier key of the log, for everyone to have. Losing
`wrapping` loses all content; losing `index` loses every index; neither can be made again.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.note import Signer, is_key_name

AUDIT_NAME = "onestory.example/log"
SECRETS = "keys.json"
VERIFIER = "audit.pub"
_NAMES = ("wrapping", "index", "version", "token", "session", "audit")


class KeysMissing(Exception):  # noqa: N818 - it says what is the case
    """There are no keys where they were said to be, or not all of them."""


class KeysExist(Exception):  # noqa: N818 - it says what is the case
    """There are keys already: making new ones would lose what the old ones open."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Every secret of one installation, each 32 bytes. None of them is ever shown.

    `wrapping` wraps data keys; `index` is for identifiers and persons (HMAC); `version` for opaque
    versionIds (HMAC); `token` signs access tokens; `session` page sessions and sign-in links;
    `audit` signs the log under the name `audit_name`.
    """

    wrapping: bytes = field(repr=False)
    index: bytes = field(repr=False)
    version: bytes = field(repr=False)
    token: bytes = field(repr=False)
    session: bytes = field(repr=False)
    audit: Ed25519PrivateKey = field(repr=False)
    audit_name: str = AUDIT_NAME

    @property
    def signer(self) -> Signer:
        """What signs the log's checkpoints and receipts."""
        return Signer(self.audit_name, self.audit)


def create(directory: Path, audit_name: str = AUDIT_NAME) -> None:
    """Make all keys, or none. A directory that holds keys is refused."""
    if not is_key_name(audit_name):
        raise ValueError("the log's name has no spaces and no plus sign")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (directory / SECRETS).exists():
        raise KeysExist(f"{directory} holds keys already; they are never replaced")
    text = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in _NAMES}
    _place(directory / SECRETS, json.dumps(text | {"audit_name": audit_name}, indent=1), 0o600)
    public(directory)


def public(directory: Path) -> str:
    """The log's verifier key, written to `audit.pub` where it is not there yet."""
    verifier = load(directory).signer.verifier.text()
    if not (directory / VERIFIER).exists():
        _place(directory / VERIFIER, verifier + "\n", 0o644)
    return verifier


def load(directory: Path) -> Keys:
    """The keys of a directory; KeysMissing, in one line, where they are not all there."""
    path = directory / SECRETS
    try:
        held = json.loads(path.read_text())
        raw = {name: base64.b64decode(held[name], validate=True) for name in _NAMES}
        name = held["audit_name"]
    except OSError as error:
        raise KeysMissing(f"no keys in {directory}: run onestory keys init") from error
    except (ValueError, KeyError, TypeError) as error:
        raise KeysMissing(f"{path} is not whole: bring it back from a backup") from error
    if any(len(key) != 32 for key in raw.values()) or not is_key_name(str(name)):
        raise KeysMissing(f"{path} is not whole: bring it back from a backup")
    audit = Ed25519PrivateKey.from_private_bytes(raw.pop("audit"))
    return Keys(**raw, audit=audit, audit_name=str(name))


def _place(path: Path, text: str, mode: int) -> None:
    """Write a file so that it is there whole or not at all, and never over another."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(new, path)
    except FileExistsError as error:
        raise KeysExist(f"{path} is there already; it is never replaced") from error
    finally:
        new.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
