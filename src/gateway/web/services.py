"""The registered services, by the names that people know them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.actions.gateway import Gateway
from gateway.actions.offering import never_recipients
from gateway.auth.requester import Requester
from gateway.web.records import Resource, found
from mappings.story_words import concept

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


@dataclass(frozen=True, slots=True)
class Service:
    """`reference` is "Organization/<id>". Somebody who may decide for the person stands here too:
    then `identifier` ("system|value") is theirs, and `reference` only names them on a form. `kind`
    says in words what kind of service it is, where the operator recorded that."""

    reference: str
    name: str
    ods: str
    identifier: str = ""
    kind: str = ""

    @property
    def named(self) -> Resource:
        """The FHIR Reference by which a Consent names them."""
        if not self.identifier:
            return {"reference": self.reference}
        system, _, value = self.identifier.rpartition("|")
        return {"type": "RelatedPerson", "identifier": {"system": system, "value": value}}


@dataclass(frozen=True, slots=True)
class Services:
    """All organisations. `portal` is these pages' own; `aside` are those that are no service;
    `deputies` may decide for the person whose page it is."""

    every: tuple[Service, ...]
    portal: str
    aside: frozenset[str] = frozenset()
    deputies: tuple[Service, ...] = ()

    @property
    def others(self) -> tuple[Service, ...]:
        """The services that a person chooses about."""
        return tuple(service for service in self.every if service.reference not in self.aside)

    def named(self, reference: Any) -> str:
        """The name of what a FHIR Reference (literal or by ODS code) means; "" if unknown."""
        service = self.meant(reference)
        return service.name if service else ""

    def meant(self, reference: Any) -> Service | None:
        if not isinstance(reference, dict):
            return None
        identifier = reference.get("identifier") or {}
        for service in self.every:
            if reference.get("reference") == service.reference:
                return service
            if identifier.get("system") == ODS and identifier.get("value") == service.ods:
                return service
        named = f"{identifier.get('system')}|{identifier.get('value')}"
        return next((each for each in self.deputies if each.identifier == named), None)


async def services(gateway: Gateway, requester: Requester) -> Services:
    """Every registered service, in the order of their names."""
    every = sorted(map(_service, await found(gateway, requester, "Organization")), key=_by_name)
    aside = await never_recipients(gateway.installation)
    return Services(tuple(every), gateway.built_in_portal(), aside)


def _service(organization: Resource) -> Service:
    codes = [
        str(identifier["value"])
        for identifier in organization.get("identifier", [])
        if identifier.get("system") == ODS
    ]
    reference = f"Organization/{organization['id']}"
    ods = codes[0] if codes else ""
    name, kind = (
        str(organization.get("name") or ods or reference),
        concept(organization.get("type")),
    )
    return Service(reference, name, ods, kind=kind)


def _by_name(service: Service) -> str:
    return service.name.casefold()
