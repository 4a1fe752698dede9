"""GET and POST /fhir/Composition/[id]/$document"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.documenting import persisting
from gateway.actions.gateway import Gateway
from gateway.actions.receiving import parsed
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem, Refused
from gateway.routes.door import asked, body_of, fhir

LONGEST = 64 * 1024  # bytes of Parameters


async def document(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    query = asked(request)
    if request.method == "POST" and "content-type" in request.headers:
        body = await body_of(request, LONGEST)
        if isinstance(body, Problem):
            return await gateway.refuse(requester, "operation", body)
        tree = parsed(gateway.installation, body) if body else {}
        if isinstance(tree, Refused):
            return await gateway.refuse(requester, "operation", tree.problems[0])
        query = (*query, *persisting(tree))
    return await gateway.document(requester, request.path_params["id"], query)


routes = [Route("/fhir/Composition/{id}/$document", fhir(document), methods=["GET", "POST"])]
