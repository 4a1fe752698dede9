"""POST /oauth/token: SMART 2.2 Backend Services, client_credentials with private_key_jwt."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.auth.access_token import sign
from gateway.auth.authority import Authority, token_address
from gateway.auth.client_authentication import authenticate_client
from gateway.auth.form import read_form
from gateway.auth.granting import grant
from gateway.auth.published import published_keys_of
from gateway.auth.refusal import NOT_KEPT, OAuthError, Refusal, bad_request, refused
from gateway.routes.door import gateway_of, response


async def token(request: Request) -> Response:
    """An access token for 300 seconds at most, or the OAuth error that says what would be right."""
    authority: Authority = request.app.state.gateway
    form = await read_form(request)
    if isinstance(form, Refusal):
        return refused(form)
    if (fault := _grant_type_fault(form.get("grant_type"))) is not None:
        return refused(fault)
    audiences = frozenset({token_address(authority)})
    asking = await authenticate_client(authority, published_keys_of(request.app), form, audiences)
    if isinstance(asking, Refusal):
        return refused(asking)
    granted = await grant(authority, asking, form.get("scope"))
    if isinstance(granted, Refusal):
        return refused(granted)
    if granted.requester.in_emergency:
        begun = await gateway_of(request).begin_emergency(granted)
        if isinstance(begun, Answer):
            return _not_begun(begun)
        granted = begun
    body = {
        "access_token": sign(granted, authority.keys.token, authority.base_url),
        "token_type": "bearer",
        "expires_in": granted.expires - granted.issued,
        "scope": " ".join(sorted(granted.requester.scopes)),
    }
    return JSONResponse(body, headers=NOT_KEPT)


def _not_begun(answer: Answer) -> Response:
    """Why there is no emergency access: in OAuth's form, but where nothing can be recorded."""
    if answer.status >= 500:
        return response(answer)
    return refused(bad_request(answer.problems[0].diagnostics))


def _grant_type_fault(grant_type: str | None) -> Refusal | None:
    if grant_type is None:
        return bad_request("grant_type must be client_credentials.")
    if grant_type != "client_credentials":
        return Refusal(OAuthError.UNSUPPORTED_GRANT_TYPE, "grant_type must be client_credentials.")
    return None


routes = [Route("/oauth/token", token, methods=["POST"])]
