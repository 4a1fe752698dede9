"""PATCH /fhir/[type]/[id] and PATCH /fhir/[type]?… with a JSON Patch, and If-Match"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import absent_type, aimed_at, body_of, fhir, preference

JSON_PATCH = ("application/json-patch+json",)


async def patch(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    absent = absent_type(request.path_params["type"])
    if absent is not None:
        return absent
    body = await body_of(request, gateway.limits.body, JSON_PATCH)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "patch", body)
    if_match, wanted = request.headers.get("if-match"), preference(request)
    return await gateway.patch(requester, aimed_at(request), body, if_match, wanted)


routes = [
    Route("/fhir/{type}/{id}", fhir(patch), methods=["PATCH"]),
    Route("/fhir/{type}", fhir(patch), methods=["PATCH"]),
]
