"""GET /fhir/[type]/[id]"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.looking import ABSENT
from gateway.auth.requester import Requester
from gateway.fhir.types import INTERACTIONS
from gateway.routes.door import absent_type, fhir


async def read(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_, id_ = request.path_params["type"], request.path_params["id"]
    if "r" not in INTERACTIONS.get(type_, ""):
        return absent_type(type_) or await gateway.refuse(requester, "read", ABSENT)
    return await gateway.read(requester, type_, id_)


routes = [Route("/fhir/{type}/{id}", fhir(read), methods=["GET"])]
