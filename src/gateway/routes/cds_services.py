"""GET /cds-services and POST /cds-services/patient-consent-consult (CDS Hooks 2.0)"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.consult_query import HOOK
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes.door import body_of, fhir

LONGEST = 64 * 1024  # bytes of one call
JSON = ("application/json",)
SERVICE = {
    "hook": HOOK,
    "id": HOOK,
    "title": "Is anything shared with you about this person?",
    "description": (
        "Says whether information from other services about a person is shared with the service"
        " that asks, for the purpose of its token. Denied, nothing held and no such person are"
        " one answer."
    ),
    "usageRequirements": "A bearer token of a registered service, as for FHIR.",
}


async def listed(_: Request) -> Response:
    """What there is to call; the same for everyone."""
    return JSONResponse({"services": [SERVICE]})


async def consult(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    body = await body_of(request, LONGEST, JSON)
    if isinstance(body, Problem):
        return await gateway.refuse(requester, "operation", body)
    return await gateway.consult(requester, body)


routes = [
    Route("/cds-services", listed, methods=["GET"]),
    Route(f"/cds-services/{HOOK}", fhir(consult), methods=["POST"]),
]
