"""POST /fhir/QuestionnaireResponse/$suggest"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import body_of, fhir


async def suggest(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "operation", body)
    return await gateway.suggest(requester, body)


routes = [Route("/fhir/QuestionnaireResponse/$suggest", fhir(suggest), methods=["POST"])]
