"""GET /fhir/Consent/[id]/$receipt: a compact JWS, application/jose"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.audit.consent_receipt import MEDIA
from gateway.auth.requester import Requester
from gateway.routes.door import fhir


async def receipt(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    return await gateway.receipt(requester, request.path_params["id"])


routes = [Route("/fhir/Consent/{id}/$receipt", fhir(receipt, MEDIA), methods=["GET"])]
