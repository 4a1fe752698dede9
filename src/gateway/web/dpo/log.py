"""The officer's page: whether the log is whole, and what is in it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.audit.verify import Whole
from gateway.web.dpo.asking import Asked, Errors, asked, parameters
from gateway.web.events import event
from gateway.web.gateway import gateway_of
from gateway.web.records import one_page
from gateway.web.rendering import page
from gateway.web.services import services
from gateway.web.session import Session
from gateway.web.wording import PURPOSES

MENU = (("/dpo", "The log"),)


async def officer(request: Request, session: Session) -> Response:
    """GET shows the newest entries; POST searches, so that no address names anyone."""
    gateway = gateway_of(request)
    requester = gateway.officer_requester(session.subject)
    known = await services(gateway, requester)
    wanted = asked(await request.form()) if request.method == "POST" else Asked()
    checked = wanted.checked(known)
    errors: Errors = checked if isinstance(checked, dict) else {}
    found, following = ([], None) if errors else await one_page(
        gateway, requester, "AuditEvent", wanted.cursor or parameters(wanted)
    )
    log = await gateway.verify_log()
    context = {
        "session": session,
        "menu": MENU,
        "asked": wanted,
        "errors": errors,
        "events": [event(one, known) for one in found],
        "following": following,
        "services": known.every,
        "purposes": PURPOSES,
        "whole": log if isinstance(log, Whole) else None,
        "broken": None if isinstance(log, Whole) else log,
        "at": gateway.clock(),
    }
    return page(request, "dpo/log.html", context, 422 if errors else 200)
