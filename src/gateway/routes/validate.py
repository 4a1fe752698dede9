"""POST /fhir/[type]/$validate and /fhir/[type]/[id]/$validate"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.validating import Asked
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import absent_type, body_of, fhir


async def validate(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_, query = request.path_params["type"], request.query_params
    absent = absent_type(type_)
    if absent is not None:
        return absent
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "operation", body)
    asked = Asked(type_, request.path_params.get("id"), query.get("mode"), query.get("profile"))
    return await gateway.validate(requester, asked, body)


routes = [
    Route("/fhir/{type}/$validate", fhir(validate), methods=["POST"]),
    Route("/fhir/{type}/{id}/$validate", fhir(validate), methods=["POST"]),
]
