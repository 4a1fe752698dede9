"""POST /fhir/Questionnaire/$populate and /fhir/Questionnaire/[id]/$populate"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import body_of, fhir


async def populate(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "operation", body)
    id_ = request.path_params.get("id")
    if id_ is None:
        return await gateway.populate(requester, body)
    return await gateway.populate_from(requester, id_, body)


routes = [
    Route("/fhir/Questionnaire/$populate", fhir(populate), methods=["POST"]),
    Route("/fhir/Questionnaire/{id}/$populate", fhir(populate), methods=["POST"]),
]
