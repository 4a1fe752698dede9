"""The person's first page, what it opens into, and who looked."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.notices import is_notice_in_words
from gateway.actions.told_endings import told_about
from gateway.web.me import held, other_kinds
from gateway.web.me.access import access
from gateway.web.me.details import details
from gateway.web.me.endings import endings
from gateway.web.me.looks import looks, paged
from gateway.web.me.referrals import stands
from gateway.web.me.visit import visit
from gateway.web.me.without_asking import without_asking
from gateway.web.me.writers import HOLDERS
from gateway.web.records import Resource, one
from gateway.web.session import Session

SHORT = 5  # looks, and services that see nothing, before the rest is put away
MANY = 10  # things of one kind before the rest is put away


async def overview(request: Request, session: Session) -> Response:
    """What is held, who may see what, the choices, and the last looks, on one page."""
    here = await visit(request, session)
    everything: list[Resource] = []
    for kind in held.SHOWN:
        everything += await here.held(kind)
    everything += await here.others()
    everything = [each for each in everything if not is_notice_in_words(each)]
    told = await told_about(here.gateway.installation, here.requester)
    standing = {each: await here.standing(each) for each in here.services.others}
    choices = await here.choices()
    single = frozenset(each.single for each in choices)
    hours = here.gateway.installation.policy.emergency_hours
    events = await here.done()
    groups = held.groups(everything, here.services)
    context = {
        "groups": groups,
        "stands": {
            each.reference: stands(each, here.services, here.now)
            for group in groups
            for each in group.items
        },
        "access": access(standing, single, here.services, here.now),
        "choices": choices,
        "asked": await here.asked(),
        "endings": endings(told, here.services, here.now),
        "deputies": here.services.deputies,
        "looks": looks(events, here.services),
        "lately": without_asking(events, here.services, hours).lately(here.now),
        "short": SHORT,
        "many": MANY,
    }
    return here.show("overview.html", context)


async def opened(request: Request, session: Session) -> Response:
    """One thing that is held, with its answers and what belongs to it."""
    here = await visit(request, session)
    kind = request.path_params["type"]
    if kind not in (*held.SHOWN, *other_kinds.KINDS):
        return here.nothing_here()
    resource = await one(here.gateway, here.requester, kind, request.path_params["id"])
    if resource is None:
        return here.nothing_here()
    parts = [] if kind == "Task" else await here.held("Observation") + await here.held("Task")
    belonging = [part for part in parts if held.belongs(part, resource)]
    item = held.item(resource, here.services, belonging)
    if item.by == held.NOT_NAMED:
        plans = [each for kind in HOLDERS for each in await here.held(kind)]
        item = held.item(resource, here.services, belonging, plans)
    context = {
        "item": item,
        "details": details(item, here.services, here.gateway.installation.wordings),
        "stands": stands(item, here.services, here.now),
    }
    return here.show("held.html", context)


async def who_looked(request: Request, session: Session) -> Response:
    here = await visit(request, session)
    found = looks(await here.done(), here.services)
    asked = request.query_params.get("page", "")
    return here.show("looks.html", {"own": await here.own_looks(), "page": paged(found, asked)})
