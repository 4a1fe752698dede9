"""GET and POST /fhir/Patient/[id]/$everything"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.everything_query import sent
from gateway.actions.gateway import Gateway
from gateway.actions.receiving import parsed
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem, Refused
from gateway.routes.door import asked, body_of, fhir

LONGEST = 64 * 1024  # bytes of Parameters


async def everything(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    query = asked(request)
    if request.method == "POST" and "content-type" in request.headers:
        body = await body_of(request, LONGEST)
        if isinstance(body, Problem):
            return await gateway.refuse(requester, "operation", body)
        if body:
            tree = parsed(gateway.installation, body)
            more = tree if isinstance(tree, Refused) else sent(tree)
            if isinstance(more, Refused):
                return await gateway.everything(requester, request.path_params["id"], more)
            query = (*query, *more)
    return await gateway.everything(requester, request.path_params["id"], query)


routes = [Route("/fhir/Patient/{id}/$everything", fhir(everything), methods=["GET", "POST"])]
