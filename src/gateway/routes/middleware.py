"""Around every request: the constant notice, a request id, the count, and the last resort.

Pure ASGI: nothing is buffered, no thread is used.
"""

from __future__ import annotations

import uuid

from prometheus_client import CollectorRegistry, Counter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.actions.failing import failed

NOTICE = "This record shows what the person chose to share and may be incomplete."


class Around:
    """Adds what every answer has."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._answers = Counter(
            "onestory_answers", "Answers given", ["method", "status"], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        begun = False

        async def counted(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                if scope["path"].startswith("/fhir"):
                    headers["OneStory-Notice"] = NOTICE
                    headers["Cache-Control"] = "no-store"
                self._answers.labels(scope["method"], str(message["status"])).inc()
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception as error:
            answer = failed(error, request_id)
            if begun:
                raise
            await _leave(counted, answer.status, answer.body)


async def _leave(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/fhir+json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
