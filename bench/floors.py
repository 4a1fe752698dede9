"""The least that can be done: applications that return fixed bytes, to hold the server against.

`BENCH_BODIES` names a directory with the bytes of each answer; each file is a path.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi import Response as FastResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MEDIA = "application/fhir+json"


def _bodies() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in Path(os.environ["BENCH_BODIES"]).iterdir()}


def bare_starlette() -> Starlette:
    def answering(body: bytes) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_: Request) -> Response:
            return Response(body, media_type=MEDIA)

        return answer

    return Starlette(
        routes=[Route(f"/{name}", answering(body)) for name, body in _bodies().items()]
    )


def bare_fastapi() -> FastAPI:
    app = FastAPI()

    def answering(body: bytes) -> Callable[[], Awaitable[FastResponse]]:
        async def answer() -> FastResponse:
            return FastResponse(body, media_type=MEDIA)

        return answer

    for name, body in _bodies().items():
        app.get(f"/{name}")(answering(body))
    return app
