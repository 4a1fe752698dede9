"""PUT /fhir/[type]/[id] and PUT /fhir/[type]?…, with If-Match"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import absent_type, aimed_at, body_of, fhir, preference


async def update(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    absent = absent_type(request.path_params["type"])
    if absent is not None:
        return absent
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "update", body)
    target, if_match, wanted = (
        aimed_at(request),
        request.headers.get("if-match"),
        preference(request),
    )
    if target.id is None:
        return await gateway.update_where(
            requester, target.type, target.query, body, if_match, wanted
        )
    return await gateway.update(requester, target.type, target.id, body, if_match, wanted)


routes = [
    Route("/fhir/{type}/{id}", fhir(update), methods=["PUT"]),
    Route("/fhir/{type}", fhir(update), methods=["PUT"]),
]
