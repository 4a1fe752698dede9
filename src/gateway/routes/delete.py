"""DELETE /fhir/[type]/[id] and DELETE /fhir/[type]?…, with If-Match"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.routes.door import absent_type, aimed_at, fhir, preference


async def delete(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    absent = absent_type(request.path_params["type"])
    if absent is not None:
        return absent
    if_match = request.headers.get("if-match")
    return await gateway.delete(requester, aimed_at(request), if_match, preference(request))


routes = [
    Route("/fhir/{type}/{id}", fhir(delete), methods=["DELETE"]),
    Route("/fhir/{type}", fhir(delete), methods=["DELETE"]),
]
