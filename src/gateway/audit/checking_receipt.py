"""Checks a receipt with public keys alone: no server, no database."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from gateway.audit.checkpoint import Checkpoint, read
from gateway.audit.consent_receipt import (
    AnotherKeyError,
    ForgedError,
    Receipt,
    ReceiptError,
    decoded,
    opened,
)
from gateway.audit.entry import Entry
from gateway.audit.entry import read as entry_in
from gateway.audit.merkle import leaf_hash, verify_inclusion
from gateway.audit.note import NoteError, SignatureError, Verifier
from gateway.audit.pinning import pin


class ReceiptFault(StrEnum):
    """How a receipt can fail, in the order in which it is looked for."""

    UNREADABLE = "unreadable"  # it is not in the form of a receipt
    ANOTHER_LOG = "another-log"  # it names another log, or another key of it
    SIGNATURE = "signature"  # it was changed, or the log's key never signed it
    CHECKPOINT = "checkpoint"  # its checkpoint is not signed by the log's key
    PROOF = "proof"  # its path does not lead from the entry to the checkpoint
    ENTRY = "entry"  # the entry does not record that this consent was written
    ALTERED = "altered"  # the consent is not the one that the entry is pinned to
    FORKED = "forked"  # a checkpoint given beside it is of another tree
    UNCONFIRMED = "unconfirmed"  # a checkpoint given beside it says nothing about it


@dataclass(frozen=True, slots=True)
class Sound:
    """Everything in it holds. `confirmed`: also against a checkpoint from elsewhere. Not `pinned`:
    the entry is of a time when entries said no more than which Consent was written, or is not
    `shown`: the log's key alone says then what it records."""

    receipt: Receipt
    size: int
    pinned: bool
    confirmed: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Faulty:
    """The first fault: its kind, and one sentence."""

    kind: ReceiptFault
    sentence: str


def check(
    text: str, verifier: Verifier, checkpoints: Iterable[str] | None = None
) -> Sound | Faulty:
    """What a receipt is worth; `checkpoints` are signed notes that came from elsewhere."""
    try:
        receipt = opened(text, verifier)
    except ReceiptError as error:
        return Faulty(ReceiptFault.UNREADABLE, f"This cannot be read: {error}.")
    except AnotherKeyError as error:
        return Faulty(ReceiptFault.ANOTHER_LOG, f"This is not of the key's log: {error}.")
    except ForgedError as error:
        return Faulty(ReceiptFault.SIGNATURE, f"This is not to be trusted: {error}.")
    checkpoint = _checkpoint(receipt, verifier)
    if isinstance(checkpoint, Faulty):
        return checkpoint
    if not _is_included(receipt, checkpoint):
        sentence = "The path does not lead from the log's entry to the signed checkpoint."
        return Faulty(ReceiptFault.PROOF, sentence)
    pinned = _pinned(receipt)
    if isinstance(pinned, Faulty):
        return pinned
    outside = None if checkpoints is None else _outside(checkpoints, verifier, checkpoint)
    if isinstance(outside, Faulty):
        return outside
    shown = receipt.place.leaf == ""
    return Sound(receipt, checkpoint.size, pinned, outside is not None, shown)


def _checkpoint(receipt: Receipt, verifier: Verifier) -> Checkpoint | Faulty:
    if receipt.place.log != verifier.name:
        sentence = "The receipt names another log than the key's."
        return Faulty(ReceiptFault.ANOTHER_LOG, sentence)
    try:
        return read(receipt.place.checkpoint, verifier)
    except (SignatureError, NoteError) as error:
        return Faulty(ReceiptFault.CHECKPOINT, f"The checkpoint is not to be trusted: {error}.")


def _is_included(receipt: Receipt, checkpoint: Checkpoint) -> bool:
    place = receipt.place
    if bool(place.entry) == bool(place.leaf):
        return False
    try:
        path = tuple(base64.b64decode(node, validate=True) for node in place.path)
        named = base64.b64decode(place.leaf, validate=True)
    except ValueError:
        return False
    leaf = named or leaf_hash(place.entry.encode())
    return verify_inclusion(leaf, place.index, checkpoint.size, path, checkpoint.root)


def _pinned(receipt: Receipt) -> bool | Faulty:
    """Whether the entry is pinned to the consent's text; or why it does not record it at all."""
    consent = _consent(receipt)
    if consent is not None and receipt.place.leaf and _is_about(receipt, consent):
        return False
    entry = entry_in(receipt.place.entry.encode())
    if entry is None or consent is None or not _records(entry, receipt, consent):
        sentence = "The log's entry does not record that this consent was written."
        return Faulty(ReceiptFault.ENTRY, sentence)
    pins = [one for one in entry.agreed if one.startswith(f"{receipt.version}#")]
    if not pins:
        return False
    try:
        salt = decoded(receipt.salt)
    except ReceiptError:
        salt = b""
    if pins != [pin(salt, receipt.version, receipt.consent)]:
        sentence = "The consent in the receipt is not the one that the log's entry is pinned to."
        return Faulty(ReceiptFault.ALTERED, sentence)
    return True


def _records(entry: Entry, receipt: Receipt, consent: dict[str, Any]) -> bool:
    named = f"Consent/{consent.get('id')}"
    is_written = entry.outcome == "permitted" and named in entry.entities
    return is_written and _is_about(receipt, consent)


def _is_about(receipt: Receipt, consent: dict[str, Any]) -> bool:
    """Whether what the receipt says of itself is of this consent."""
    named = f"Consent/{consent.get('id')}"
    return (
        receipt.version.startswith(f"{named}/_history/")
        and receipt.record.get("consent") == named
        and receipt.record.get("status") == consent.get("status")
    )


def _consent(receipt: Receipt) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(receipt.consent, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def _outside(notes: Iterable[str], verifier: Verifier, own: Checkpoint) -> Checkpoint | Faulty:
    """The checkpoint from elsewhere that agrees with the receipt's own."""
    sizes: set[int] = set()
    for note in notes:
        try:
            found = read(note, verifier)
        except (SignatureError, NoteError) as error:
            sentence = f"A checkpoint that was given is not to be trusted: {error}."
            return Faulty(ReceiptFault.CHECKPOINT, sentence)
        if found.size == own.size:
            if found.root == own.root:
                return found
            sentence = f"The log's key signed two different trees of {own.size} entries."
            return Faulty(ReceiptFault.FORKED, sentence)
        sizes.add(found.size)
    told = f"of {max(sizes)} entries" if sizes else "given"
    sentence = (
        f"The receipt's checkpoint is of {own.size} entries, and none {told} can be held against"
        " it; ask for the checkpoint of that size, or for a new receipt."
    )
    return Faulty(ReceiptFault.UNCONFIRMED, sentence)
