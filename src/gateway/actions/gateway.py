"""The running gateway: every interaction, for the routes and for the pages alike."""

from __future__ import annotations

from gateway.actions.answer import Answer
from gateway.actions.calculating import Calculating
from gateway.actions.clearing import Clearings
from gateway.actions.clearings_of import ClearingsOf
from gateway.actions.confirming import Confirming
from gateway.actions.consulting import Consulting
from gateway.actions.deputies_of import Deputies
from gateway.actions.deputising import Deputising
from gateway.actions.disclosing import Disclosing
from gateway.actions.disclosure_fetching import Fetching
from gateway.actions.documenting import Documenting
from gateway.actions.emergencies import Emergencies
from gateway.actions.escalating import Escalating
from gateway.actions.everything import Everything
from gateway.actions.extracting import Extracting
from gateway.actions.founding import PORTAL_ODS
from gateway.actions.messaging import Messaging
from gateway.actions.messaging_out import MessagingOut
from gateway.actions.officers import SYSTEM as OFFICERS
from gateway.actions.populating import Populating
from gateway.actions.previewing import Previewing
from gateway.actions.queueing import Queueing
from gateway.actions.receipting import Receipting
from gateway.actions.reviewing import Reviewing
from gateway.actions.story import Storytelling
from gateway.actions.suggesting import Suggesting
from gateway.auth.requester import Requester, Role
from gateway.fhir.problem import Problem


class Gateway(
    Previewing,
    Receipting,
    Calculating,
    Clearings,
    ClearingsOf,
    Emergencies,
    Queueing,
    Disclosing,
    Fetching,
    Deputies,
    Deputising,
    Confirming,
    Escalating,
    Reviewing,
    Suggesting,
    Extracting,
    Populating,
    Everything,
    Consulting,
    Documenting,
    Storytelling,
    Messaging,
    MessagingOut,
):
    """One installation, served. Its attributes are what tokens and pages need of it."""

    async def refuse(self, requester: Requester, interaction: str, problem: Problem) -> Answer:
        """A refusal that no action came to, recorded like any other."""
        return await self._refuse(self._request(requester, interaction, ""), problem)

    def built_in_portal(self) -> str:
        """The organisation that the pages write as."""
        return f"Organization/{self.installation.portal}"

    def page_requester(self, patient: str) -> Requester:
        """The person who signed in to the pages, as a requester like any other."""
        return self._built_in(Role.PORTAL, "PATRQT", patient=patient)

    def officer_requester(self, name: str) -> Requester:
        """The officer who signed in to the pages."""
        return self._built_in(Role.OFFICER, "HCOMPL", name=name)

    def _built_in(
        self, role: Role, purpose: str, patient: str | None = None, name: str | None = None
    ) -> Requester:
        return Requester(
            client="pages",
            organization=self.built_in_portal(),
            ods=PORTAL_ODS,
            role=role,
            purpose=purpose,
            scopes=frozenset({"system/*.cruds"}),
            token="",
            practitioner=None if name is None else f"{OFFICERS}|{name}",
            practitioner_name=name,
            patient=patient,
        )
