"""POST /fhir/QuestionnaireResponse/$extract and /fhir/QuestionnaireResponse/[id]/$extract"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import body_of, fhir


async def extract(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "operation", body)
    return await gateway.extract(requester, body)


async def extract_from(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    """Whatever is sent along says nothing: the response is the one that the address names."""
    return await gateway.extract_from(requester, request.path_params["id"])


routes = [
    Route("/fhir/QuestionnaireResponse/$extract", fhir(extract), methods=["POST"]),
    Route("/fhir/QuestionnaireResponse/{id}/$extract", fhir(extract_from), methods=["GET", "POST"]),
]
