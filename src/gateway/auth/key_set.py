"""A client's public keys (RFC 7517), held to what SMART asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int

from gateway.auth.strict import is_text, parse_object

ALGORITHMS = {"RS384": "RSA", "RS512": "RSA", "PS384": "RSA", "ES384": "EC"}

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 4096
LEAST_RSA_EXPONENT = 65537
MOST_KEYS = 32

_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}


@dataclass(frozen=True, slots=True)
class PublicKey:
    kid: str
    kty: str
    alg: str | None
    key: RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why keys or a registration cannot be used: one line that says what would be right."""

    message: str


@lru_cache(maxsize=1024)
def registered_keys(text: str) -> tuple[PublicKey, ...] | Unfit:
    """The keys of a JWKS document of which every key must be fit to sign assertions."""
    found = [_public_key(jwk, f"keys[{i}]") for i, jwk in enumerate(_listed(text))]
    for key in found:
        if isinstance(key, Unfit):
            return key
    keys = tuple(key for key in found if isinstance(key, PublicKey))
    if not keys:
        return Unfit(f'give a JSON object {{"keys": [...]}} with 1 to {MOST_KEYS} public keys')
    if len({(key.kid, key.kty) for key in keys}) < len(keys):
        return Unfit("keys: each key needs a kid of its own")
    return keys


def published_keys(text: bytes) -> tuple[PublicKey, ...]:
    """The usable keys of a JWKS that a client publishes; none where it shows a private one.

    Keys that cannot sign an assertion are passed over, as RFC 7517 section 5 asks.
    """
    listed = _listed(text)
    if any(isinstance(jwk, dict) and _is_private(jwk) for jwk in listed):
        return ()
    found = (_public_key(jwk, "keys") for jwk in listed)
    return tuple(key for key in found if isinstance(key, PublicKey))


def choose(keys: tuple[PublicKey, ...], kid: str, alg: str) -> PublicKey | None:
    """The one key with this kid that fits the algorithm; None where there is none or more."""
    fit = [
        key
        for key in keys
        if key.kid == kid and key.kty == ALGORITHMS[alg] and key.alg in (None, alg)
    ]
    return fit[0] if len(fit) == 1 else None


def _listed(text: bytes | str) -> list[Any]:
    document = parse_object(text)
    keys = document.get("keys") if document is not None else None
    return keys if isinstance(keys, list) and len(keys) <= MOST_KEYS else []


def _is_private(jwk: Mapping[str, Any]) -> bool:
    return any(name in jwk for name in _PRIVATE)


def _public_key(jwk: object, at: str) -> PublicKey | Unfit:
    if not isinstance(jwk, dict):
        return Unfit(f"{at}: a key is a JSON object")
    if _is_private(jwk):
        return Unfit(f"{at}: holds a private key; give public keys only and replace this one")
    kid: object = jwk.get("kid")
    kty: object = jwk.get("kty")
    alg = jwk.get("alg")
    if not is_text(kid, 128):
        return Unfit(f"{at}.kid: give every key an id of 1 to 128 characters")
    fault = _use_fault(jwk) or _strength_fault(jwk)
    if fault:
        return Unfit(f"{at}.{fault}")
    if not isinstance(kty, str) or not (alg is None or _fits(alg, kty)):
        return Unfit(f"{at}.alg: leave it out, or one of RS384, RS512, PS384 (RSA), ES384 (EC)")
    key = _imported({name: jwk[name] for name in _MEMBERS[kty] if name in jwk})
    if key is None:
        return Unfit(f"{at}: is not a valid {kty} public key")
    return PublicKey(kid, kty, alg, key)


def _fits(alg: object, kty: str) -> bool:
    return isinstance(alg, str) and ALGORITHMS.get(alg) == kty


def _use_fault(jwk: Mapping[str, Any]) -> str | None:
    if jwk.get("use", "sig") != "sig":
        return "use: leave it out or sig"
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return "key_ops: leave it out or list verify"
    return None


def _strength_fault(jwk: Mapping[str, Any]) -> str | None:
    match jwk.get("kty"):
        case "EC":
            return None if jwk.get("crv") == "P-384" else "crv: an EC key must be on P-384"
        case "RSA":
            bits, exponent = _number(jwk.get("n")).bit_length(), _number(jwk.get("e"))
            if not LEAST_RSA_BITS <= bits <= MOST_RSA_BITS:
                return f"n: an RSA key must have {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits"
            if not LEAST_RSA_EXPONENT <= exponent < 2**32:
                return f"e: the exponent must be {LEAST_RSA_EXPONENT} or somewhat more"
            return None
        case _:
            return "kty: must be RSA or EC"


def _number(value: object) -> int:
    """The unsigned integer of a Base64urlUInt, 0 where it is none."""
    try:
        return base64_to_int(value) if is_text(value, 2048) else 0
    except ValueError:
        return 0


def _imported(members: dict[str, Any]) -> RSAKey | ECKey | None:
    kind = RSAKey if members["kty"] == "RSA" else ECKey
    try:
        return kind.import_key(members)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
