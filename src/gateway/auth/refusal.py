"""How an OAuth request is refused (RFC 6749 section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import JSONResponse, Response

NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(StrEnum):
    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_SCOPE = "invalid_scope"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request got no token: what would be right, in printable ASCII without quotes."""

    error: OAuthError
    description: str

    @property
    def status(self) -> int:
        return 401 if self.error is OAuthError.INVALID_CLIENT else 400


# INVARIANT: whatever depends on whether a client exists, is disabled, holds a key or has used an
# assertion before is answered with this very value.
NOT_AUTHENTICATED = Refusal(OAuthError.INVALID_CLIENT, "The client could not be authenticated.")


def bad_request(description: str) -> Refusal:
    return Refusal(OAuthError.INVALID_REQUEST, description)


def bad_assertion(description: str) -> Refusal:
    return Refusal(OAuthError.INVALID_CLIENT, description)


def refused(refusal: Refusal) -> Response:
    """The answer to a refused request: 400 or 401, never cached."""
    body = {"error": refusal.error.value, "error_description": refusal.description}
    return JSONResponse(body, refusal.status, headers=NOT_KEPT)
