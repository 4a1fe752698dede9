"""POST /fhir/[type]/[id]/$clear, with If-Match"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import absent_type, body_of, fhir


async def clear(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    absent = absent_type(request.path_params["type"])
    if absent is not None:
        return absent
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "operation", body)
    type_, if_match = request.path_params["type"], request.headers.get("if-match")
    return await gateway.clear(requester, type_, request.path_params["id"], body, if_match)


routes = [Route("/fhir/{type}/{id}/$clear", fhir(clear), methods=["POST"])]
