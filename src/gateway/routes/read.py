"""GET /fhir/[type]/[id], with If-None-Match and If-Modified-Since"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.addressing import Address
from gateway.actions.answer import Answer
from gateway.actions.freshness import NOTHING, Known
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.routes.door import asked, fhir
from gateway.routes.headers import header


async def read(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_, id_ = request.path_params["type"], request.path_params["id"]
    address = Address(type_, id_, query=asked(request))
    return await gateway.look(requester, address, known=known(request))


def known(request: Request) -> Known:
    """What the reader says that they have already."""
    version = header(request.scope, b"if-none-match")
    since = header(request.scope, b"if-modified-since")
    return NOTHING if version is None and since is None else Known(version, since)


routes = [Route("/fhir/{type}/{id}", fhir(read), methods=["GET"])]
