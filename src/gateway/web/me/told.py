"""The page on which a person says whether what a service wrote down for them is right."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.me.choose import hindering
from gateway.web.me.given import Given
from gateway.web.me.visit import Visit, visit
from gateway.web.me.writing import TakenBack, Unsaved, confirm, deny
from gateway.web.rendering import onward
from gateway.web.session import Session


async def told(request: Request, session: Session) -> Response:
    """Asks, with nothing preset; yes makes it the person's own choice, no ends it now."""
    here = await visit(request, session)
    consent = await here.consent()
    if consent is None:
        return here.nothing_here()
    given = here.given(consent)
    if given.told is None:
        status = consent.get("status")
        return onward(f"/me/choices/{given.id}/{'saved' if status == 'active' else 'take-back'}")
    older = hindering(given.choice, await here.choices(), given) if given.choice else []
    if request.method == "GET":
        return _form(here, given, older)
    form = await request.form()
    version = str(form.get("version", ""))
    match form.get("right"):
        case "yes":
            return await _yes(here, given, version, _ending(form, older))
        case "no":
            return await _no(here, given, version)
    return _form(here, given, older, {"right": "Choose “yes” or “no”"})


async def _yes(
    here: Visit, given: Given, version: str, ending: Sequence[tuple[str, str]]
) -> Response:
    match await confirm(here, given.id, version, ending):
        case Unsaved.MOVED:
            return here.show("moved.html", {"choice": None}, 409)
        case Unsaved.NOT_YET:
            words = given.told.words if given.told else given.sentence
            return here.show("not-yet.html", {"words": words}, 422)
        case None:
            return onward(f"/me/choices/{given.id}/saved")


async def _no(here: Visit, given: Given, version: str) -> Response:
    match await deny(here, given.id, version):
        case TakenBack.DONE:
            return onward(f"/me/choices/{given.id}/take-back")
        case TakenBack.MOVED:
            return here.show("moved.html", {"choice": None}, 409)
        case TakenBack.ABSENT:
            return here.nothing_here()


def _ending(form: FormData, older: Sequence[Given]) -> list[tuple[str, str]]:
    """The older choices that were ticked, as they were when the page was made."""
    ticked = form.getlist("take_back")
    return [(each.id, each.version) for each in older if each.id in ticked]


def _form(
    here: Visit, given: Given, older: Sequence[Given], errors: dict[str, str] | None = None
) -> Response:
    context = {"given": given, "hindering": older, "errors": errors or {}}
    return here.show("told.html", context, 422 if errors else 200)
