"""GET /fhir/[type]/[id]/_history and GET /fhir/[type]/_history"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.addressing import Address
from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.preferring import is_lenient
from gateway.auth.requester import Requester
from gateway.routes.door import asked, fhir


async def history(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_, id_ = request.path_params["type"], request.path_params.get("id")
    query = asked(request)
    lenient = is_lenient(request.headers.get("prefer", ""))
    address = Address(type_, id_, is_history=True, query=query)
    return await gateway.look(requester, address, lenient=lenient)


routes = [
    Route("/fhir/{type}/_history", fhir(history), methods=["GET"]),
    Route("/fhir/{type}/{id}/_history", fhir(history), methods=["GET"]),
]
