"""Client assertions (RFC 7523, SMART 2.2 section 5.3): what must hold before any key is looked up.

The checks here depend on the assertion alone, so their words may say what is wrong without telling
whether a client exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from gateway.auth.key_set import ALGORITHMS, PublicKey
from gateway.auth.refusal import Refusal, bad_assertion
from gateway.auth.strict import is_text, parse_object

LONGEST_LIFE = 300  # seconds that exp may lie ahead
CLOCK_SKEW = 10  # seconds that a client's clock may run fast

_TYPES = ("JWT", "client-authentication+jwt")
_HEADERS = frozenset({"alg", "kid", "typ", "jku"})
_MALFORMED = bad_assertion("client_assertion must be a signed JWT in compact form.")


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion whose form and times are right, and whose signature is not yet checked.

    `expires` is in seconds since 1970; `claims` are the whole payload.
    """

    compact: str
    client: str
    alg: str
    kid: str
    jku: str | None
    jti: str
    expires: float
    claims: Mapping[str, Any]


def read_assertion(compact: str, audiences: frozenset[str], now: float) -> Assertion | Refusal:
    """Take the assertion apart and hold its header, its audience and its times to the rules."""
    segments = compact.split(".")
    if len(segments) != 3:
        return _MALFORMED
    header, claims = _object(segments[0]), _object(segments[1])
    if header is None or claims is None:
        return _MALFORMED
    fault = _header_fault(header) or _party_fault(claims, audiences) or _time_fault(claims, now)
    if fault is not None:
        return bad_assertion(fault)
    return Assertion(
        compact=compact,
        client=claims["iss"],
        alg=header["alg"],
        kid=header["kid"],
        jku=header.get("jku"),
        jti=claims["jti"],
        expires=claims["exp"],
        claims=claims,
    )


def is_signed_by(assertion: Assertion, key: PublicKey) -> bool:
    """Whether the signature over these very bytes is the key's."""
    try:
        jws.deserialize_compact(assertion.compact, key.key, algorithms=[assertion.alg])
    except (JoseError, ValueError):
        return False
    return True


def _object(segment: str) -> dict[str, Any] | None:
    try:
        return parse_object(urlsafe_b64decode(segment.encode("ascii")))
    except ValueError:
        return None


def _header_fault(header: Mapping[str, Any]) -> str | None:
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        return f"alg must be one of {', '.join(ALGORITHMS)}."
    if not header.keys() <= _HEADERS:
        return f"The header may hold only {', '.join(sorted(_HEADERS))}."
    if not is_text(header.get("kid"), 128):
        return "kid must name one of the client's registered keys."
    if header.get("typ", "JWT") not in _TYPES:
        return "typ must be JWT."
    return None


def _party_fault(claims: Mapping[str, Any], audiences: frozenset[str]) -> str | None:
    audience, issuer = claims.get("aud"), claims.get("iss")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if not isinstance(audience, str) or audience not in audiences:
        return f"aud must be exactly {' or '.join(sorted(audiences))}."
    if not is_text(issuer, 128) or claims.get("sub") != issuer:
        return "iss and sub must both be the client_id."
    if not is_text(claims.get("jti"), 256):
        return "jti must be a fresh text of 1 to 256 characters."
    return None


def _time_fault(claims: Mapping[str, Any], now: float) -> str | None:
    expires: object = claims.get("exp")
    if not _is_number(expires) or not now < expires <= now + LONGEST_LIFE + CLOCK_SKEW:
        return f"exp must lie ahead, by at most {LONGEST_LIFE} seconds."
    for name in ("iat", "nbf"):
        since: object = claims.get(name, now)
        if not _is_number(since) or not 0 <= since <= now + CLOCK_SKEW:
            return f"{name}, where given, must not lie in the future."
    return None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
