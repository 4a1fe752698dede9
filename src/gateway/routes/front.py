"""The addresses that are asked for most, looked up before every other.

A router tries one address after another; what a read needs is told by its first letters.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.routes import read, search
from gateway.routes.door import Endpoint, fhir

_ONE = re.compile(r"/fhir/(?P<type>[A-Z][A-Za-z]{1,63})/(?P<id>[A-Za-z0-9.-]{1,64})")
_MANY = re.compile(r"/fhir/(?P<type>[A-Z][A-Za-z]{1,63})")
_HOT: tuple[tuple[re.Pattern[str], Endpoint], ...] = (
    (_ONE, fhir(read.read)),
    (_MANY, fhir(search.search)),
)


class Front:
    """Answers GET of a resource and of a type; hands on everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            for address, endpoint in _HOT:
                found = address.fullmatch(scope["path"])
                if found is not None:
                    scope["path_params"] = found.groupdict()
                    answer = await endpoint(Request(scope, receive, send))
                    await answer(scope, receive, send)
                    return
        await self._app(scope, receive, send)
