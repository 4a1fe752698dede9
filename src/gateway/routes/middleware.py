"""Around every request: the constant notice, a request id, the count, and the last resort.

Pure ASGI: nothing is buffered, no thread is used.
"""

from __future__ import annotations

import uuid

import structlog
from prometheus_client import CollectorRegistry, Counter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.fhir.problem import Kind, Problem, outcome_bytes

NOTICE = "This record shows what the person chose to share and may be incomplete."
BROKEN = outcome_bytes(
    (Problem(Kind.BROKEN, "Something broke here. Nothing was changed; it has been logged."),)
)
_LOG = structlog.get_logger("gateway")


class Around:
    """Adds what every answer has. A failure inside is logged by its type only: no data in logs."""

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
            place = _place(error)
            _LOG.error("request failed", request=request_id, error=type(error).__name__, at=place)
            if begun:
                raise
            await _broken(counted)


def _place(error: BaseException) -> str:
    """File and line where it was raised: enough to find it, and nothing that was in it."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return ""
    return f"{last.tb_frame.f_code.co_filename.rpartition('/')[2]}:{last.tb_lineno}"


async def _broken(send: Send) -> None:
    headers = [(b"content-type", b"application/fhir+json")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": BROKEN})
