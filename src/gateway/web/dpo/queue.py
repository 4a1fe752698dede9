"""The officer's page of what waits: its age, whose doing it is, and a note to clear it."""

from __future__ import annotations

from typing import TypeAlias

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.web.dpo import tables
from gateway.web.dpo.menu import show
from gateway.web.dpo.unconfirmed import unconfirmed
from gateway.web.dpo.waiting import dealt, shown
from gateway.web.gateway import gateway_of
from gateway.web.records import NotAnsweredError
from gateway.web.rendering import onward
from gateway.web.services import services
from gateway.web.session import Session

Errors: TypeAlias = dict[str, str]

NOTE = "Say what you found and what you did, in 10 to 1,000 characters"
OWN = "This was your own doing, or your service’s: someone else has to clear it"
GONE = "Someone has dealt with this already"
_PLAIN = {403: OWN, 404: GONE, 409: GONE}


async def queue(request: Request, session: Session) -> Response:
    """GET shows what waits; POST clears one item, or ends an emergency access."""
    gateway = gateway_of(request)
    officer = gateway.officer_requester(session.subject)
    errors: Errors = {}
    entered: dict[str, str] = {}
    if request.method == "POST":
        form = await request.form()
        errors = await _done(gateway, officer, form)
        if not errors:
            return onward("/dpo/queue")
        entered = {f"note-{_text(form, 'item')}": _text(form, "note")}
    found = await gateway.officers_queue(officer)
    if isinstance(found, Answer):
        raise NotAnsweredError(f"the queue was answered {found.status}")
    known, now = await services(gateway, officer), gateway.clock()
    context = {
        "items": [shown(each, known, now) for each in found.waiting],
        "done": [dealt(each) for each in found.done],
        "unconfirmed": [unconfirmed(each, known, now) for each in found.unconfirmed],
        "tables": tables.unconfirmed(),
        "errors": errors,
        "entered": entered,
    }
    return show(request, session, "queue.html", context, 422 if errors else 200)


async def _done(gateway: Gateway, officer: Requester, form: FormData) -> Errors:
    """What was asked for, done; or what to put right, by the id of the place to go to."""
    if _text(form, "do") == "end":
        ended = await gateway.end_emergency(officer, _text(form, "emergency"))
        return {} if ended.status == 204 else {"waiting": _PLAIN.get(ended.status, GONE)}
    number = _text(form, "item")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return {"waiting": GONE}
    cleared = await gateway.clear_item(officer, int(number), _text(form, "note"))
    if cleared.status == 204:
        return {}
    if cleared.status == 400:
        return {f"note-{number}": NOTE}
    return {"waiting": _PLAIN.get(cleared.status, GONE)}


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
