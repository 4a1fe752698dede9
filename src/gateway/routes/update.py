"""PUT /fhir/[type]/[id], with If-Match"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem
from gateway.routes.door import absent_type, body_of, fhir


async def update(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_, id_ = request.path_params["type"], request.path_params["id"]
    absent = absent_type(type_)
    if absent is not None:
        return absent
    if type_ == "Organization":
        no = Problem(Kind.FORBIDDEN, "is written by the operator only", type_)
        return await gateway.refuse(requester, "update", no)
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "update", body)
    return await gateway.update(requester, type_, id_, body, request.headers.get("if-match"))


routes = [Route("/fhir/{type}/{id}", fhir(update), methods=["PUT"])]
