"""The officer's page: whether the log is whole, and what is in it."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gateway.audit.verdict import Broken, Whole
from gateway.web.dpo.asking import PURPOSES, Asked, asked, parameters
from gateway.web.dpo.menu import show
from gateway.web.events import OUTCOMES, event
from gateway.web.gateway import gateway_of
from gateway.web.records import Page, one_page_told
from gateway.web.services import services
from gateway.web.session import Session


async def officer(request: Request, session: Session) -> Response:
    """GET shows the newest entries; POST searches, so that no address names anyone."""
    gateway = gateway_of(request)
    requester = gateway.officer_requester(session.subject)
    known = await services(gateway, requester)
    wanted = asked(await request.form()) if request.method == "POST" else Asked()
    errors = wanted.wrong(known)
    shown = Page()
    if not errors:
        query = wanted.cursor or parameters(wanted)
        shown = await one_page_told(gateway, requester, "AuditEvent", query)
    log = await gateway.verify_log()
    context = {
        "asked": wanted,
        "errors": errors,
        "events": [event(one) for one in shown.matches],
        "notes": shown.notes,
        "following": urlencode(shown.following) if shown.following else "",
        "names": {service.reference: service.name for service in known.every},
        "organizations": [(service.reference, service.name) for service in known.every],
        "purposes": PURPOSES.items(),
        "outcomes": OUTCOMES.items(),
        "whole": log if isinstance(log, Whole) else None,
        "broken": log if isinstance(log, Broken) else None,
        "root": base64.b64encode(log.root).decode() if isinstance(log, Whole) else "",
        "at": gateway.clock(),
    }
    return show(request, session, "log.html", context, 422 if errors else 200)
