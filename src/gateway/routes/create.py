"""POST /fhir/[type], with If-None-Exist"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.types import INTERACTIONS
from gateway.routes.door import absent_type, body_of, fhir


async def create(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_ = request.path_params["type"]
    absent = absent_type(type_)
    if absent is not None:
        return absent
    if "c" not in INTERACTIONS[type_]:
        no = Problem(Kind.FORBIDDEN, "is written by the operator only", type_)
        return await gateway.refuse(requester, "create", no)
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "create", body)
    condition = request.headers.get("if-none-exist")
    return await gateway.create(requester, type_, body, condition)


routes = [Route("/fhir/{type}", fhir(create), methods=["POST"])]
