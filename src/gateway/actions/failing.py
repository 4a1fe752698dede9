"""When something of ours breaks: what is logged (never data), and what is answered."""

from __future__ import annotations

import structlog

from gateway.actions.answer import Answer, refused
from gateway.fhir.problem import Kind, Problem
from gateway.storage.postgres import UnreachableError

BROKEN = Problem(Kind.BROKEN, "Something broke here. Nothing was changed; it has been logged.")
AWAY = Problem(
    Kind.NO_AUDIT, "The database cannot be used now. Nothing was changed; try again later."
)
_LOG = structlog.get_logger("gateway")


def failed(error: BaseException, request: str = "") -> Answer:
    """The answer after a bug or broken storage; the log gets its type and place, and no words."""
    _LOG.error("request failed", request=request, error=type(error).__name__, at=_place(error))
    return refused(AWAY if isinstance(error, UnreachableError) else BROKEN)


def _place(error: BaseException) -> str:
    """File and line where it was raised: enough to find it, and nothing that was in it."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return ""
    return f"{last.tb_frame.f_code.co_filename.rpartition('/')[2]}:{last.tb_lineno}"
