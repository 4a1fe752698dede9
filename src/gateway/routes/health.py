"""GET /health/live, /health/ready and /metrics: for who runs it. Nothing about any person."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.routes.door import gateway_of
from gateway.storage.connection import STORAGE_ERRORS

_QUESTION = "SELECT 1 FROM alembic_version"


async def live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """Ready where the database answers."""
    try:
        await gateway_of(request).reading.look(lambda now: now.execute(_QUESTION).fetchone())
    except STORAGE_ERRORS:
        return JSONResponse({"status": "not ready"}, 503)
    return JSONResponse({"status": "ready"})


async def metrics(request: Request) -> Response:
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


routes = [
    Route("/health/live", live, methods=["GET"]),
    Route("/health/ready", ready, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
