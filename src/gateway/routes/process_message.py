"""POST /fhir/$process-message"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import asked, body_of, fhir


async def process_message(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    body = await body_of(request, gateway.limits.body)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "operation", body)
    return await gateway.process_message(requester, body, asked(request))


routes = [Route("/fhir/$process-message", fhir(process_message), methods=["POST"])]
