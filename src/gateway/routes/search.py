"""GET /fhir/[type]?… and POST /fhir/[type]/_search: exactly the same."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.looking import ABSENT
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.fhir.types import INTERACTIONS
from gateway.routes.door import absent_type, asked, body_of, fhir

FORM = "application/x-www-form-urlencoded"
LONGEST_FORM = 64 * 1024


async def search(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    type_ = request.path_params["type"]
    if "s" not in INTERACTIONS.get(type_, ""):
        return absent_type(type_) or await gateway.refuse(requester, "search-type", ABSENT)
    query = list(asked(request))
    if request.method == "POST":
        body = await body_of(request, LONGEST_FORM, (FORM,))
        if isinstance(body, Problem):
            return await gateway.refuse(requester, "search-type", body)
        query += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "")
    return await gateway.search(requester, type_, query, lenient=lenient)


routes = [
    Route("/fhir/{type}", fhir(search), methods=["GET"]),
    Route("/fhir/{type}/_search", fhir(search), methods=["POST"]),
]
