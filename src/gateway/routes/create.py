"""POST /fhir/[type], with If-None-Exist"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import absent_type, body_of, fhir, preference


async def create(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_ = request.path_params["type"]
    absent = absent_type(type_)
    if absent is not None:
        return absent
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "create", body)
    condition = request.headers.get("if-none-exist")
    return await gateway.create(requester, type_, body, condition, preference(request))


routes = [Route("/fhir/{type}", fhir(create), methods=["POST"])]
