"""POST /oauth/revoke (RFC 7009): a client ends a token of its own."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.auth.asked_about import read_asked
from gateway.auth.refusal import NOT_KEPT, Refusal, refused
from gateway.auth.revoking import revoke as end

PATH = "/oauth/revoke"


async def revoke(request: Request) -> Response:
    """200 once the token no longer holds, and also where it never did or is another client's."""
    asked = await read_asked(request, PATH)
    if isinstance(asked, Refusal):
        return refused(asked)
    if asked.granted is not None:
        await end(request.app.state.gateway, asked.granted)
    return Response(status_code=200, headers=NOT_KEPT)


routes = [Route(PATH, revoke, methods=["POST"])]
