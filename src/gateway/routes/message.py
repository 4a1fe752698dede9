"""GET and POST /fhir/ServiceRequest/[id]/$message"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.routes.door import asked, fhir


async def message(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    """Whatever is sent along says nothing: the referral is the one that the address names."""
    return await gateway.message(requester, request.path_params["id"], asked(request))


routes = [
    Route("/fhir/ServiceRequest/{id}/$message", fhir(message), methods=["GET", "POST"]),
]
