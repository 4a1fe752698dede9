"""The pages on which a choice is made, checked, saved, changed and taken back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.web.me import topics
from gateway.web.me.choices import Choice
from gateway.web.me.choosing import Entered, Errors, chosen, entered, entered_before
from gateway.web.me.given import Given
from gateway.web.me.looking_ahead import once_saved, once_taken_back
from gateway.web.me.many_services import offered
from gateway.web.me.visit import Visit, visit
from gateway.web.me.writing import TakenBack, Unsaved, take_back, write
from gateway.web.rendering import onward
from gateway.web.session import Session
from gateway.web.wording import LONDON


async def new(request: Request, session: Session) -> Response:
    """A new choice: the form, then what it comes to, then saved."""
    here = await visit(request, session)
    if request.method == "GET":
        return _form(here, Entered(), None)
    return await _stepped(here, None)


async def change(request: Request, session: Session) -> Response:
    """The same form, filled with the old choice; saving writes the new and takes back the old."""
    here = await visit(request, session)
    consent = await here.consent()
    if consent is None or consent.get("status") != "active":
        return here.nothing_here()
    old = here.given(consent)
    if request.method == "GET":
        return _form(here, entered_before(old.choice) if old.choice else Entered(), old)
    return await _stepped(here, old)


async def saved(request: Request, session: Session) -> Response:
    here = await visit(request, session)
    consent = await here.consent()
    if consent is None:
        return here.nothing_here()
    return here.show("saved.html", {"given": here.given(consent)})


async def end(request: Request, session: Session) -> Response:
    """Taking back: asks once, then does it."""
    here = await visit(request, session)
    consent = await here.consent()
    if consent is None:
        return here.nothing_here()
    old = here.given(consent)
    if consent.get("status") != "active":
        return here.show("taken-back.html", {"given": old})
    if request.method == "GET":
        ahead = await once_taken_back(here, old)
        return here.show("take-back.html", {"given": old, "ahead": ahead})
    version = str((await request.form()).get("version", ""))
    match await take_back(here, old.id, version):
        case TakenBack.DONE:
            return onward(f"/me/choices/{old.id}/take-back")
        case TakenBack.MOVED:
            return here.show("moved.html", {"choice": None}, 409)
        case TakenBack.ABSENT:
            return here.nothing_here()


async def _stepped(here: Visit, old: Given | None) -> Response:
    """One step of the form: back to it, on to the check page, or saved."""
    form = await here.request.form()
    given = entered(form)
    if form.get("step") == "edit":
        return _form(here, given, old)
    choice = chosen(given, here.services, here.now.astimezone(LONDON).date())
    if isinstance(choice, dict):
        return _form(here, given, old, choice)
    standing = await here.choices()
    if form.get("step") == "save":
        return await _save(here, choice, standing, old, given)
    return await _check(here, choice, standing, old, given)


async def _save(
    here: Visit, choice: Choice, standing: list[Given], old: Given | None, given: Entered
) -> Response:
    ending = [
        (each.id, each.version)
        for each in hindering(choice, standing, old)
        if each.id in given.take_back
    ]
    if old is not None:
        ending.append((old.id, str((await here.request.form()).get("version", ""))))
    match await write(here, choice, standing, ending):
        case Unsaved.MOVED:
            return here.show("moved.html", {"choice": choice}, 409)
        case Unsaved.NOT_YET:
            return here.show("not-yet.html", {"words": choice.sentence}, 422)
        case written:
            return onward(f"/me/choices/{written}/saved")


def _form(here: Visit, given: Entered, old: Given | None, errors: Errors | None = None) -> Response:
    searches = here.request.method == "GET"  # later, searching would lose what was entered
    find = here.request.query_params.get("find", "") if searches else ""
    context = {
        "entered": given,
        "old": old,
        "errors": errors or {},
        "searches": searches,
        "offered": offered(here.services.others, find, given.service),
        "address": here.request.url.path,
        "deputies": here.services.deputies,
        "offers": topics.offers(),
    }
    return here.show("choice.html", context, 422 if errors else 200)


async def _check(
    here: Visit, choice: Choice, standing: list[Given], old: Given | None, given: Entered
) -> Response:
    older = hindering(choice, standing, old)
    context = {
        "choice": choice,
        "entered": given,
        "old": old,
        "hindering": older,
        "ahead": await once_saved(here, choice, old, older),
    }
    return here.show("check.html", context)


def hindering(choice: Choice, standing: list[Given], old: Given | None) -> list[Given]:
    """Older choices that say "may not" of the same: they win until they are taken back."""
    return [
        each
        for each in standing
        if choice.may
        and each.choice
        and not each.choice.may
        and each.choice.meets(choice)
        and (old is None or each.id != old.id)
    ]
