"""FHIR AuditEvents as the pages read them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from gateway.actions.audit_looks import is_look
from gateway.actions.consult_query import NAME as CARD
from gateway.web.records import Resource

OUTCOMES = {"0": "done", "4": "refused", "8": "failed"}
_PATIENT, _QUERY = "1", "24"
_VERSION = "/_history/"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log.

    `organization` is "Organization/<id>"; `who` the practitioner as named, or as identified;
    `role` the client's; `asked` the request in short, as the log keeps it; `entities` what was
    asked for or released; `consents` the exact versions that were read; `outcome` a FHIR code.
    """

    id: str
    at: datetime
    interaction: str
    organization: str
    who: str
    role: str
    purpose: str
    reason: str
    asked: str
    entities: tuple[str, ...]
    consents: tuple[str, ...]
    outcome: str

    @property
    def is_look(self) -> bool:
        return is_look(self.interaction, self.asked)

    @property
    def asked_for_a_card(self) -> bool:
        """Whether it was asked if anything is shared: the answer is a yes or a no."""
        return self.asked == CARD

    @property
    def found(self) -> bool:
        """Whether anything was shown."""
        return self.outcome == "0" and bool(self.entities)

    @property
    def ended(self) -> str:
        return OUTCOMES[self.outcome]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of what was asked for, each once; of a card, that it was one."""
        asked = self.asked.partition("?")[0].partition("/")[0]
        entities = () if self.asked_for_a_card else self.entities
        names = [asked, *(one.partition("/")[0] for one in entities)]
        return tuple(dict.fromkeys(name for name in names if name))


def event(resource: Resource) -> Event:
    """The AuditEvent's row, as this gateway writes AuditEvents."""
    references = [
        str(one["what"]["reference"])
        for one in resource.get("entity", [])
        if "what" in one and one.get("role", {}).get("code") != _PATIENT
    ]
    purpose: Resource = next(iter(resource.get("purposeOfEvent", [])), {})
    agents = resource.get("agent", [])
    return Event(
        id=str(resource["id"]),
        at=datetime.fromisoformat(resource["recorded"]),
        interaction=str(resource["subtype"][0]["code"]),
        organization=_organization(agents),
        who=_practitioner(agents),
        role=next((one["role"][0]["text"] for one in agents if one.get("role")), ""),
        purpose=next((str(one["code"]) for one in purpose.get("coding", [])), ""),
        reason=str(purpose.get("text", "")),
        asked=_asked(resource.get("entity", [])),
        entities=tuple(one for one in references if _VERSION not in one),
        consents=tuple(one for one in references if _VERSION in one),
        outcome=str(resource.get("outcome", "")),
    )


def _organization(agents: list[Resource]) -> str:
    who = [one.get("who", {}) for one in agents]
    return next((str(one["reference"]) for one in who if one.get("type") == "Organization"), "")


def _practitioner(agents: list[Resource]) -> str:
    for one in agents:
        who = one.get("who", {})
        if who.get("type") == "Practitioner":
            return str(one.get("name") or who.get("identifier", {}).get("value", ""))
    return ""


def _asked(entities: list[Resource]) -> str:
    for one in entities:
        if one.get("role", {}).get("code") == _QUERY and "query" in one:
            return base64.b64decode(one["query"]).decode()
    return ""
