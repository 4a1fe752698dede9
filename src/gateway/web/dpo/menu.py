"""The officer's menu, and how an officer's pages are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.web.rendering import page
from gateway.web.session import Session

MENU = (("/dpo", "The log"), ("/dpo/queue", "To look at"), ("/dpo/disclosures", "Disclosures"))


def show(
    request: Request, session: Session, template: str, context: Mapping[str, Any], status: int = 200
) -> Response:
    whole = {"session": session, "menu": MENU, **context}
    return page(request, f"dpo/{template}", whole, status)
