"""POST /oauth/introspect (RFC 7662): a client asks what a token of its own stands for."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.auth.access_token import Granted
from gateway.auth.asked_about import read_asked
from gateway.auth.refusal import NOT_KEPT, Refusal, refused

PATH = "/oauth/introspect"


async def introspect(request: Request) -> Response:
    """What the token grants now; only `active: false` for any other text."""
    asked = await read_asked(request, PATH)
    if isinstance(asked, Refusal):
        return refused(asked)
    granted = asked.granted
    body = {"active": False} if granted is None else _described(granted)
    return JSONResponse(body, headers=NOT_KEPT)


def _described(granted: Granted) -> dict[str, Any]:
    asker = granted.requester
    about = {
        "active": True,
        "scope": " ".join(sorted(asker.scopes)),
        "client_id": asker.client,
        "sub": asker.client,
        "token_type": "bearer",
        "jti": asker.token,
        "iat": granted.issued,
        "exp": granted.expires,
        "organization": asker.organization,
        "purpose_of_use": asker.purpose,
        "subject_id": asker.practitioner,
        "patient": asker.patient,
    }
    return {name: value for name, value in about.items() if value is not None}


routes = [Route(PATH, introspect, methods=["POST"])]
