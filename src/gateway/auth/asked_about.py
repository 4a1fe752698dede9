"""A client asking about a token: who asks, and which token of its own it means."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from gateway.auth.access_token import Granted
from gateway.auth.authority import Authority, token_address
from gateway.auth.bearer import valid
from gateway.auth.client_authentication import authenticate_client
from gateway.auth.form import read_form
from gateway.auth.published import published_keys_of
from gateway.auth.refusal import Refusal, bad_request


@dataclass(frozen=True, slots=True)
class Asked:
    """`granted` is None for a token that ended, that is no token, or that is another client's."""

    granted: Granted | None


async def read_asked(request: Request, path: str) -> Asked | Refusal:
    """The token in the form of an authenticated client (RFC 7009 section 2.1, RFC 7662 2.1).

    The assertion is for the token address or for this very one.
    """
    authority: Authority = request.app.state.gateway
    form = await read_form(request)
    if isinstance(form, Refusal):
        return form
    audiences = frozenset({token_address(authority), f"{authority.base_url}{path}"})
    asking = await authenticate_client(authority, published_keys_of(request.app), form, audiences)
    if isinstance(asking, Refusal):
        return asking
    if "token" not in form:
        return bad_request("token is required: the access token that this is about.")
    granted = await valid(authority, form["token"])
    is_own = granted is not None and granted.requester.client == asking.client.id
    return Asked(granted if is_own else None)
