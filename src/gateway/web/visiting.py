"""Lets only a signed-in visitor reach a page, and only a form of ours change anything."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.gateway import Gateway
from gateway.storage import officers
from gateway.web.gateway import gateway_of
from gateway.web.records import NotAnsweredError
from gateway.web.rendering import onward, page
from gateway.web.session import Door, Session, has_visited, keep, session_of

Visited = Callable[[Request, Session], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]

FORM_FIELD = "form_token"


def behind(door: Door, visited: Visited) -> Endpoint:
    """The page behind a door. Without a living visit: on to signing in, and nothing happens."""

    async def endpoint(request: Request) -> Response:
        gateway = gateway_of(request)
        now = gateway.clock()
        session = session_of(request, door, gateway.keys.session, now)
        if session is None or await _has_left(gateway, session):
            return onward("/sign-in?ended=1" if has_visited(request, door) else "/sign-in")
        if request.method == "POST" and not await _ours(request, session):
            return page(request, "not-ours.html", {"home": f"/{door}", "session": session}, 403)
        try:
            response = await visited(request, session)
        except NotAnsweredError:
            return page(request, "not-now.html", {"home": f"/{door}", "session": session}, 503)
        if "set-cookie" not in response.headers:
            keep(response, session, gateway.keys.session, now, is_secure(request))
        return response

    return endpoint


async def _has_left(gateway: Gateway, session: Session) -> bool:
    """Whether it is the visit of an officer who is none any more."""
    if session.door is not Door.DPO:
        return False
    return await gateway.reading.look(lambda now: officers.has_left(now, session.subject))


def is_secure(request: Request) -> bool:
    """Whether visitors come by HTTPS, as the operator says (a proxy may hide it)."""
    return gateway_of(request).base_url.startswith("https:")


def from_our_page(request: Request) -> bool:
    """Where the browser says which site a form came from, it was this one."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


async def _ours(request: Request, session: Session) -> bool:
    given = (await request.form()).get(FORM_FIELD, "")
    return (
        from_our_page(request)
        and isinstance(given, str)
        and secrets.compare_digest(given.encode(), session.form.encode())
    )
