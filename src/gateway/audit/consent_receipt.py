"""The receipt for a choice: a compact JWS (RFC 7515) that the log's key signs.

Its payload says in words and in codes what was agreed, holds the text that the log's entry is
pinned to, the entry itself or its leaf, and the path from there to a signed checkpoint. A JWS is
signed over two base64url texts and a dot, a checkpoint over lines: neither can be taken for the
other.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from gateway.audit.note import Signer, Verifier

ALGORITHM = "Ed25519"  # RFC 9864
TYPE = "onestory-receipt+json"
SCHEMA = "https://onestory.example/fhir/receipt/1"
MEDIA = "application/jose"
LONGEST = 4 * 1024 * 1024  # characters of a receipt that is worth reading


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the log holds it: the log's name, the entry's index from 0, the hashes (base64) from
    its leaf to the root, and the signed checkpoint over that root; and the entry itself, or where
    it may name what is not the reader's to know, its leaf (base64) alone."""

    log: str
    index: int
    path: tuple[str, ...]
    checkpoint: str
    entry: str = ""
    leaf: str = ""


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The payload. `words` are for people; `record` is what ISO/IEC TS 27560 asks for; `consent`
    is the text that the entry is pinned to, with its `salt` (base64url) and its `version` as the
    log names it; `issued` is RFC 3339 UTC."""

    schema: str
    id: str
    issued: str
    language: str
    words: tuple[str, ...]
    record: dict[str, Any]
    version: str
    consent: str
    salt: str
    place: Place


class ReceiptError(ValueError):
    """It is no receipt, or not in the one form that a receipt has."""


class AnotherKeyError(ValueError):
    """It is signed in another log's name, or by another key of this one's."""


class ForgedError(ValueError):
    """The signature does not fit."""


def key_id(verifier: Verifier) -> str:
    """The `kid`: the key's name and id, as the lines of a signed note have them."""
    return f"{verifier.name}+{verifier.id.hex()}"


def jwk(verifier: Verifier) -> dict[str, str]:
    """The public key for other JOSE tools (RFC 8037)."""
    x = encoded(verifier.public.public_bytes_raw())
    kid = key_id(verifier)
    return {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig", "kid": kid, "x": x}


def signed(receipt: Receipt, signer: Signer) -> str:
    """The compact JWS."""
    header = {"alg": ALGORITHM, "kid": key_id(signer.verifier), "typ": TYPE}
    key = OKPKey.import_key(signer.private)
    payload = msgspec.json.encode(receipt)
    return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])


def opened(text: str, verifier: Verifier) -> Receipt:
    """The payload, if this key signed it: read before it is trusted, trusted before it is read out.

    INVARIANT: each receipt has one form. A header that says anything else, or base64url that is
    not the shortest, is refused, so that no character can be changed without notice.
    """
    header, payload, _ = _parts(text)
    _check_header(header, verifier)
    try:
        found = jws.deserialize_compact(
            text, OKPKey.import_key(verifier.public), algorithms=[ALGORITHM]
        )
    except (JoseError, ValueError) as error:
        raise ForgedError("the signature does not fit the receipt") from error
    if found.payload != payload:
        raise ForgedError("the signature does not fit the receipt")
    try:
        receipt = msgspec.json.decode(payload, type=Receipt)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReceiptError("what is signed is no receipt") from error
    if receipt.schema != SCHEMA:
        raise ReceiptError(f"the receipt is of another schema than {SCHEMA}")
    return receipt


def _parts(text: str) -> tuple[bytes, bytes, bytes]:
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != 3:
        raise ReceiptError("a receipt is three parts of base64url with dots between them")
    header, payload, signature = map(decoded, parts)
    return header, payload, signature


def _check_header(header: bytes, verifier: Verifier) -> None:
    try:
        said = msgspec.json.decode(header, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReceiptError("the receipt's header cannot be read") from error
    if said.keys() != {"alg", "kid", "typ"} or (said["alg"], said["typ"]) != (ALGORITHM, TYPE):
        raise ReceiptError(f"the receipt's header must say {ALGORITHM}, {TYPE} and the key")
    if said["kid"] != key_id(verifier):
        raise AnotherKeyError("the receipt names another key than the one given")


def decoded(text: str) -> bytes:
    """The bytes of unpadded base64url in its one canonical form."""
    try:
        found = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise ReceiptError("a part of the receipt is not base64url") from error
    if encoded(found) != text:
        raise ReceiptError("a part of the receipt is not base64url")
    return found


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
