"""Around every request: the constant notice, a request id, the count, and the last resort.

Pure ASGI: nothing is buffered, no thread is used.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.actions.failing import failed
from gateway.random_digits import random_digits

NOTICE = "This record shows what the person chose to share and may be incomplete."


_RECORDS = ("/fhir", "/cds-services")
_FOR_PROGRAMS = (*_RECORDS, "/oauth", "/health", "/metrics", "/openapi.json")
_EVERY_FHIR_ANSWER = [
    (b"onestory-notice", NOTICE.encode()),
    (b"cache-control", b"no-store"),
]


class Around:
    """Adds what every answer has. `broken_page` is what a person sees where something broke."""

    def __init__(
        self,
        app: ASGIApp,
        registry: CollectorRegistry,
        broken_page: Callable[[Request, int], Response],
    ) -> None:
        self._app = app
        self._broken_page = broken_page
        self._counters: dict[tuple[str, int], Counter] = {}
        self._answers = Counter(
            "onestory_answers", "Answers given", ["method", "status"], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = random_digits()
        begun = False

        async def counted(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = message["headers"]
                headers.append((b"x-request-id", request_id.encode()))
                if scope["path"].startswith(_RECORDS):
                    headers += _EVERY_FHIR_ANSWER
                self._count(scope["method"], message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception as error:
            answer = failed(error, request_id)
            if begun:
                raise
            if scope["path"].startswith(_FOR_PROGRAMS):
                await _leave(counted, answer.status, answer.body)
            else:
                request = Request(scope, receive)
                await self._broken_page(request, answer.status)(scope, receive, counted)

    def _count(self, method: str, status: int) -> None:
        counter = self._counters.get((method, status))
        if counter is None:
            counter = self._answers.labels(method, str(status))
            self._counters[method, status] = counter
        counter.inc()


async def _leave(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/fhir+json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
