"""GET and POST /fhir/Patient/[id]/$story, as a FHIR document or as a page to read and print"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.routing import Route

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.receiving import parsed
from gateway.actions.story import Form
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.routes.door import asked, body_of, fhir

HTML = "text/html"
LONGEST = 64 * 1024  # bytes of Parameters
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")
NOTHING = Problem(Kind.PARAMETER, "must be empty: $story takes no parameters", "Parameters")


async def story(gateway: Gateway, requester: Requester, request: Request) -> Answer:
    if request.method == "POST" and "content-type" in request.headers:
        body = await body_of(request, LONGEST)
        if isinstance(body, Problem):
            return await gateway.refuse(requester, "operation", body)
        tree = parsed(gateway.installation, body) if body else {}
        if isinstance(tree, Refused):
            return await gateway.refuse(requester, "operation", tree.problems[0])
        if tree.get("parameter"):
            return await gateway.refuse(requester, "operation", NOTHING)
    form = Form.PAGE if _reads_pages(request) else Form.DOCUMENT
    return await gateway.story(requester, request.path_params["id"], asked(request), form)


def _reads_pages(request: Request) -> bool:
    """Whether a page is asked for: by _format, or else before anything else that is accepted."""
    named = request.query_params.get("_format")
    if named is not None:
        return named in (HTML, "html")
    wanted = [_weighed(each) for each in request.headers.get("accept", "*/*").split(",")]
    best = max(weight for weight, _ in wanted)
    return next(kind for weight, kind in wanted if weight == best) == HTML


def _weighed(accepted: str) -> tuple[float, str]:
    """How much a form is wanted; what is no weight wants nothing."""
    kind, *parameters = (part.strip().lower() for part in accepted.split(";"))
    weights = [part[2:] for part in parameters if part.startswith("q=")]
    if not weights:
        return 1.0, kind
    return (float(weights[0]) if _WEIGHT.fullmatch(weights[0]) else 0.0), kind


routes = [
    Route("/fhir/Patient/{id}/$story", fhir(story, HTML, "html"), methods=["GET", "POST"]),
]
