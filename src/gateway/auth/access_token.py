"""Access tokens: a signed JWT (RFC 9068 in form) that only this gateway makes and reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from gateway.auth.requester import Requester, Role

LIFE = 300  # seconds
LONGEST = 4096  # characters

_ALGORITHM = "HS256"
_TYPE = "at+jwt"


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token says, once its signature has been checked. Times are seconds since 1970.

    `key_mark` is that of the client's keys when the token was given.
    """

    requester: Requester
    issued: int
    expires: int
    key_mark: str


def sign(granted: Granted, secret: bytes, issuer: str) -> str:
    """The token's text. Whoever holds it is the requester until it ends or is revoked."""
    asker = granted.requester
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": f"{issuer}/fhir",
        "sub": asker.client,
        "client_id": asker.client,
        "jti": asker.token,
        "iat": granted.issued,
        "exp": granted.expires,
        "scope": " ".join(sorted(asker.scopes)),
        "organization": asker.organization,
        "ods": asker.ods,
        "role": asker.role.value,
        "purpose": asker.purpose,
        "keys": granted.key_mark,
    }
    stated = {
        "practitioner": asker.practitioner,
        "practitioner_name": asker.practitioner_name,
        "practitioner_role": asker.practitioner_role,
        "patient": asker.patient,
        "emergency": asker.emergency,
    }
    claims |= {name: value for name, value in stated.items() if value is not None}
    header = {"alg": _ALGORITHM, "typ": _TYPE}
    return jwt.encode(header, claims, OctKey.import_key(secret), algorithms=[_ALGORITHM])


@lru_cache(maxsize=8192)
def read(token: str, secret: bytes, issuer: str) -> Granted | None:
    """What a token of ours says; None for anything else. Whether it still holds is asked elsewhere.

    A pure function of its arguments, so that a token seen before costs one look-up.
    """
    try:
        found = jwt.decode(token, OctKey.import_key(secret), algorithms=[_ALGORITHM])
        if found.header.get("typ") != _TYPE or found.claims["iss"] != issuer:
            return None
        return _granted(found.claims)
    except (JoseError, ValueError, KeyError):
        return None


def _granted(claims: Mapping[str, Any]) -> Granted:
    requester = Requester(
        client=claims["client_id"],
        organization=claims["organization"],
        ods=claims["ods"],
        role=Role(claims["role"]),
        purpose=claims["purpose"],
        scopes=frozenset(claims["scope"].split()),
        token=claims["jti"],
        practitioner=claims.get("practitioner"),
        practitioner_name=claims.get("practitioner_name"),
        practitioner_role=claims.get("practitioner_role"),
        patient=claims.get("patient"),
        emergency=claims.get("emergency"),
    )
    return Granted(requester, claims["iat"], claims["exp"], claims["keys"])
