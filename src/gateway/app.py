"""The application: routes and pages on one gateway. FHIR routes are plain Starlette endpoints."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp

from gateway.actions.answer import Answer, refused
from gateway.actions.gateway import Gateway
from gateway.auth.bearer import authenticate
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.types import PERSONAL
from gateway.periodic import repeating
from gateway.routes import (
    cds_services,
    clear,
    create,
    decide,
    delete,
    disclosed,
    document,
    everything,
    extract,
    health,
    history,
    introspect,
    message,
    metadata,
    openapi,
    patch,
    populate,
    preview,
    process_message,
    read,
    receipt,
    revoke,
    search,
    smart_configuration,
    story,
    suggest,
    token,
    transaction,
    update,
    validate,
    vread,
)
from gateway.routes.compressing import Compressed
from gateway.routes.deadlines import Deadlines
from gateway.routes.door import interaction_of, response
from gateway.routes.front import Front
from gateway.routes.middleware import Around
from gateway.routes.rates import Rates
from gateway.web import signing, site

_ERRORS = {
    404: Problem(Kind.ABSENT, "There is nothing at this address; /fhir/metadata lists what is."),
    405: Problem(Kind.METHOD, "This is not done at this address; /fhir/metadata lists what is."),
}


def fhir_routes() -> list[BaseRoute]:
    """Every address but the pages'; fixed names come before what takes any name."""
    modules = (smart_configuration, metadata, openapi, token, revoke, introspect, health)
    interactions = (
        search,
        history,
        vread,
        decide,
        suggest,
        disclosed,
        preview,
        receipt,
        everything,
        extract,
        populate,
        story,
        document,
        message,
        process_message,
        cds_services,
        clear,
        validate,
        read,
        create,
        update,
        patch,
        delete,
        transaction,
    )
    return [route for module in (*modules, *interactions) for route in module.routes]


class Application(FastAPI):
    """FastAPI with our own middleware alone. Its own stand outside: a last resort, telemetry and a
    limit of bodies, all of which `Around` and the routes are; every answer would pass them."""

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = AsyncExitStackMiddleware(self.router)
        app = ExceptionMiddleware(app, handlers=self.exception_handlers)
        for each in reversed(self.user_middleware):
            app = each.cls(app, *each.args, **each.kwargs)
        return app


def create_app(gateway: Gateway) -> FastAPI:
    """The application on an open gateway; closing it ends the writer."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with repeating(gateway.chase, gateway.escalate, gateway.review):
                yield
        finally:  # stopped in a hurry, too
            gateway.close()

    app = Application(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # requests name people
    )
    app.state.gateway = gateway
    app.state.rates = Rates(gateway.limits.requests_a_second, time.monotonic)
    app.state.deadlines = Deadlines(gateway.limits.seconds)
    app.state.registry = CollectorRegistry()
    app.router.routes.extend([*fhir_routes(), *site.routes()])
    app.add_exception_handler(HTTPException, _refusal)
    app.add_middleware(Front)
    app.add_middleware(Around, registry=app.state.registry, broken_page=signing.broken)
    app.add_middleware(Compressed)
    return app


async def _refusal(request: Request, error: Exception) -> Response:
    """What the router itself refuses, in the form of the place it was asked for at."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if not request.url.path.startswith("/fhir"):
        return signing.missing(request, error.status_code)
    sent = response(await _recorded(request, _ERRORS.get(error.status_code, _ERRORS[404])))
    if error.status_code == 405:
        sent.headers["Allow"] = ", ".join(_methods_at(request))
    return sent


async def _recorded(request: Request, problem: Problem) -> Answer:
    """The refusal, with its row where somebody asked for what concerns a person."""
    gateway: Gateway = request.app.state.gateway
    requester = await authenticate(gateway, request.headers.get("authorization"))
    _, _, type_ = request.url.path.partition("/fhir/")
    if isinstance(requester, Problem) or type_.partition("/")[0] not in PERSONAL:
        return refused(problem)
    return await gateway.refuse(requester, interaction_of(request), problem)


def _methods_at(request: Request) -> list[str]:
    """What is done at this address, in one order whatever the process."""
    routes = (route for route in request.app.router.routes if isinstance(route, Route))
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted(set().union(*(route.methods or () for route in here)))
