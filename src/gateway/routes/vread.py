"""GET /fhir/[type]/[id]/_history/[version]"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.addressing import Address
from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.routes.door import asked, fhir
from gateway.routes.read import known


async def vread(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_, id_, version = (request.path_params[name] for name in ("type", "id", "version"))
    address = Address(type_, id_, is_history=True, version=version, query=asked(request))
    return await gateway.look(requester, address, known=known(request))


routes = [Route("/fhir/{type}/{id}/_history/{version}", fhir(vread), methods=["GET"])]
