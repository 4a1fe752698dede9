"""The page about emergencies: how it stands, saying no, and who has looked without being asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consent import codes
from gateway.web.me.access import Access, access
from gateway.web.me.choices import in_their_words
from gateway.web.me.given import Given, says_no_to_emergencies
from gateway.web.me.visit import Visit, visit
from gateway.web.me.without_asking import WithoutAsking, without_asking
from gateway.web.records import NotAnsweredError, Resource
from gateway.web.rendering import onward
from gateway.web.session import Session


async def emergencies(request: Request, session: Session) -> Response:
    """GET shows how it stands; POST says no to every emergency look."""
    here = await visit(request, session)
    consents = [each for each in await here.held("Consent") if each.get("status") == "active"]
    nos = [here.given(each) for each in consents if says_no_to_emergencies(each)]
    if request.method == "POST":
        if not nos:
            await _say_no(here)
        return onward("/me/emergencies")
    return await _shown(here, nos)


async def _shown(here: Visit, nos: Sequence[Given]) -> Response:
    standing = {each: await here.standing(each, emergency=True) for each in here.services.others}
    rows = access(standing, frozenset(), here.services, here.now)
    context = {
        "nos": nos,
        "could": [each for each in rows if _sees(each)],
        "could_not": [each for each in rows if not _sees(each)],
        "hours": here.gateway.installation.policy.emergency_hours,
        "happened": await happened(here),
    }
    return here.show("emergencies.html", context)


def _sees(row: Access) -> bool:
    return bool(row.can or row.some)


async def happened(here: Visit) -> WithoutAsking:
    """What was done without asking the person."""
    hours = here.gateway.installation.policy.emergency_hours
    return without_asking(await here.done(), here.services, hours)


async def _say_no(here: Visit) -> None:
    body = msgspec.json.encode(no_to_emergencies(here.patient, here.now))
    answer = await here.gateway.create(here.requester, "Consent", body)
    if answer.status != 201:
        raise NotAnsweredError(f"create of Consent was answered {answer.status}")


def no_to_emergencies(patient: str, now: datetime) -> Resource:
    """The Consent that denies every emergency, and says nothing about anything else.

    A denial is read broadly: one that names an emergency alone would deny treatment too, which is
    above it. Inside a permit, which is read narrowly, it reaches emergencies and no further (as in
    HL7's own Emergency example); the permit around it permits nothing.
    """
    purposes = [
        {"system": codes.purpose_system(), "code": one} for one in sorted(codes.emergency())
    ]
    inside = {"type": "deny", "purpose": purposes}
    around = {"type": "permit", "purpose": purposes, "provision": [inside]}
    return in_their_words(around, patient, now)
