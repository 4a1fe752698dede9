"""What every page of a signed-in person starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consent.predicate import Predicate
from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.standing import standing
from gateway.actions.written_for import WrittenFor, written_for
from gateway.auth.requester import Requester
from gateway.web.events import Event, event
from gateway.web.gateway import gateway_of
from gateway.web.me.given import Given, given
from gateway.web.me.other_kinds import INCLUSIONS, KINDS
from gateway.web.records import NotAnsweredError, Resource, along, counted, found, one
from gateway.web.rendering import page
from gateway.web.services import Service, Services, services
from gateway.web.session import Session

MENU = (
    ("/me", "Your record"),
    ("/me/choices/new", "Make a choice"),
    ("/me/looks", "Who looked"),
    ("/me/emergencies", "In an emergency"),
)

OWN = "PATRQT"  # the purpose for which these pages ask


@dataclass(frozen=True, slots=True)
class Visit:
    """The person who is here, and the gate they ask through."""

    request: Request
    session: Session
    gateway: Gateway
    requester: Requester
    patient: str
    services: Services
    others_wrote: Mapping[str, WrittenFor]
    now: datetime

    async def held(self, resource_type: str) -> list[Resource]:
        """Everything of one type that is held about the person, and that they may see."""
        return await found(self.gateway, self.requester, resource_type, ("patient", self.patient))

    async def done(self) -> list[Event]:
        """What anybody else did about the person, as the log has it. What they did at these pages
        themselves is left out in the question: each visit adds to it, and would read it all."""
        services = [one.reference for one in self.services.every]
        elsewhere = ",".join(one for one in services if one != self.services.portal)
        asked: list[tuple[tuple[str, str], ...]] = [(("purpose:not", OWN),)]
        asked += [(("purpose", OWN), ("agent", elsewhere))] if elsewhere else []
        found = [each for one in asked for each in await self._log(*one)]
        return [event(each) for each in found]

    async def own_looks(self) -> int:
        """How often these pages looked for the person."""
        own = (("patient", self.patient), ("purpose", OWN), ("agent", self.services.portal))
        return await counted(self.gateway, self.requester, "AuditEvent", *own)

    async def _log(self, *asked: tuple[str, str]) -> list[Resource]:
        about = ("patient", self.patient)
        return await found(self.gateway, self.requester, "AuditEvent", about, *asked)

    async def others(self) -> list[Resource]:
        """Everything of the kinds that have no form of their own, by one question where its answer
        holds it all."""
        me = ("_id", self.patient.removeprefix("Patient/"))
        one_answer = await along(self.gateway, self.requester, "Patient", me, *INCLUSIONS)
        if one_answer is not None:
            return one_answer
        asked = [(kind, (by, self.patient)) for kind, (by, _) in KINDS.items()]
        every = [await found(self.gateway, self.requester, kind, by) for kind, by in asked]
        return [each for some in every for each in some]

    async def choices(self) -> list[Given]:
        """The choices that stand, the newest first."""
        consents = [one for one in await self.held("Consent") if one.get("status") == "active"]
        consents.sort(key=lambda consent: str(consent.get("dateTime", "")), reverse=True)
        return [self.given(consent) for consent in consents]

    async def asked(self) -> list[Given]:
        """What services wrote down or ask, and the person has not answered, the oldest first."""
        consents = [self.given(each) for each in await self.held("Consent")]
        return [each for each in consents if each.told is not None]

    async def standing(self, service: Service, *, emergency: bool = False) -> Predicate:
        """What the person's choices come to for a service that asks in order to treat them, or in
        an emergency."""
        installation, me = self.gateway.installation, self.requester
        return await standing(installation, me, service.reference, self.now, emergency=emergency)

    async def consent(self) -> Resource | None:
        """The Consent that the address names, if it is this person's."""
        identity = self.request.path_params["id"]
        return await one(self.gateway, self.requester, "Consent", identity)

    def given(self, consent: Resource) -> Given:
        other = self.others_wrote.get(str(consent["id"]))
        return given(consent, self.services, self.patient, other)

    def show(self, template: str, context: Mapping[str, Any], status: int = 200) -> Response:
        return page(
            self.request,
            f"me/{template}",
            {"session": self.session, "menu": MENU, "glass": self._glass(), **context},
            status,
        )

    def _glass(self) -> bool:
        """Whether someone may look in an emergency where the person has said nothing."""
        return self.gateway.installation.policy.emergencies

    def nothing_here(self) -> Response:
        context = {"session": self.session, "menu": MENU, "home": "/me"}
        return page(self.request, "nothing-here.html", context, 404)


async def visit(request: Request, session: Session) -> Visit:
    gateway = gateway_of(request)
    requester = gateway.page_requester(session.subject)
    return Visit(
        request=request,
        session=session,
        gateway=gateway,
        requester=requester,
        patient=session.subject,
        services=await _services(gateway, requester),
        others_wrote=await written_for(gateway.installation, requester),
        now=gateway.clock(),
    )


async def _services(gateway: Gateway, requester: Requester) -> Services:
    """Every service, and those who may decide for the person."""
    found = await gateway.deputies_of(requester)
    if isinstance(found, Answer):
        raise NotAnsweredError(f"who may decide was answered {found.status}")
    deputies = (Service(f"deputy/{one.record}", one.called, "", one.identifier) for one in found)
    return replace(await services(gateway, requester), deputies=tuple(deputies))
