"""What every FHIR route does first and last: who asks, in what form, and how the answer leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.addressing import Address
from gateway.actions.answer import Answer, refused
from gateway.actions.gateway import Gateway
from gateway.actions.preferring import Return, preferred
from gateway.actions.served import NO_SUCH_TYPE
from gateway.actions.writing import TOO_LONG
from gateway.auth.bearer import authenticate
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.types import HELD
from gateway.routes.allowed import allowed
from gateway.routes.compressing import Unpacking
from gateway.routes.headers import header

FHIR_JSON = "application/fhir+json"
ACCEPTED = ("application/fhir+json", "application/json", "text/json", "*/*", "application/*")
_FHIR_JSON = (b"content-type", FHIR_JSON.encode())
_SAID_OF = {
    Kind.TOKEN: (b"www-authenticate", b'Bearer realm="onestory"'),
    Kind.THROTTLED: (b"retry-after", b"1"),
}
_INTERACTIONS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}

Action = Callable[[Gateway, Requester, Request], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Response]]


def gateway_of(request: Request) -> Gateway:
    return cast("Gateway", request.app.state.gateway)


def fhir(action: Action, *also: str) -> Endpoint:
    """An endpoint that lets in only who has a valid token, and answers in FHIR JSON; `also` are
    other forms that may be asked for."""

    async def endpoint(request: Request) -> Response:
        gateway = gateway_of(request)
        requester = await authenticate(gateway, header(request.scope, b"authorization"))
        if isinstance(requester, Problem):
            return response(refused(requester))
        problem = request.app.state.rates.exceeded(requester.client) or _form_problem(request, also)
        if problem is not None:
            return response(await gateway.refuse(requester, interaction_of(request), problem))
        try:
            with request.app.state.deadlines.deadline():
                answer = await action(gateway, requester, request)
        except TimeoutError:
            answer = await gateway.refuse(requester, interaction_of(request), TOO_LONG)
        if answer.status == 405:
            answer.headers["Allow"] = allowed(request)
        return response(answer)

    return endpoint


def interaction_of(request: Request) -> str:
    """What kind of thing was asked for, as far as the method says."""
    return _INTERACTIONS.get(request.method, "read")


def response(answer: Answer) -> Response:
    """The answer as it leaves."""
    return Leaving(answer)


class Leaving(Response):
    """An answer in FHIR JSON, unless it says otherwise; what every one of them has is written down
    beforehand."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.body = answer.body
        self.background = None
        self.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers.items()
        ]
        kinds = {problem.kind for problem in answer.problems} if answer.problems else ()
        self.raw_headers += (each for kind, each in _SAID_OF.items() if kind in kinds)
        if answer.status not in (204, 304):
            self.raw_headers.append((b"content-length", b"%d" % len(answer.body)))
        if answer.body and "Content-Type" not in answer.headers:
            self.raw_headers.append(_FHIR_JSON)


def absent_type(type_: str) -> Answer | None:
    """The answer for a type that is not held at all; the same for every such type."""
    if type_ in HELD:
        return None
    return refused(NO_SUCH_TYPE)


async def body_of(
    request: Request, limit: int, accepted: tuple[str, ...] = ACCEPTED[:3]
) -> bytes | Problem:
    """The request's body, read and unpacked no further than the limit; JSON only."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in accepted:
        return Problem(Kind.MEDIA, f"send {accepted[0]}", "Content-Type")
    packed = request.headers.get("content-encoding", "").strip().lower()
    body = Unpacking(packed, limit)
    if body.problem is None:
        async for part in request.stream():
            body.take(part)
            if body.problem is not None:
                break
    return body.whole()


def aimed_at(request: Request) -> Address:
    """The resource that an address names, or the condition that stands in its place."""
    query = asked(request)
    id_ = request.path_params.get("id")
    return Address(request.path_params["type"], id_, query=() if id_ else query)


def preference(request: Request) -> Return | None:
    """What the client wants back from a write."""
    header = request.headers.get("prefer")
    return None if header is None else preferred(header)


_NAMES_A_FORM = "_format"


def query_of(request: Request) -> str:
    """What follows the question mark."""
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")


def asked(request: Request) -> tuple[tuple[str, str], ...]:
    """The parameters of an address."""
    query = query_of(request)
    return tuple(parse_qsl(query, keep_blank_values=True)) if query else ()


def _form_problem(request: Request, also: tuple[str, ...]) -> Problem | None:
    named = request.query_params.get("_format") if _NAMES_A_FORM in query_of(request) else None
    wanted = named or header(request.scope, b"accept")
    if wanted is None or wanted == FHIR_JSON:
        return None
    offered = [each.partition(";")[0].strip().lower() for each in wanted.split(",")]
    if any(each in (*ACCEPTED, *also, "json", "") for each in offered):
        return None
    return Problem(Kind.NOT_ACCEPTABLE, "ask for application/fhir+json", "Accept")
