"""A care plan on its way into FHIR: the addresses that its resources know each other by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings import care_plan_rows, parties
from mappings.care_plan_rows import Plan
from mappings.digests import digest, identifier, once
from mappings.verdict import Entry

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Making:
    """One plan, its digest, and the addresses that several of its resources refer to."""

    plan: Plan
    own: str
    patient: str

    @property
    def subject(self) -> Json:
        return {"reference": self.patient}

    @property
    def recorder(self) -> Json:
        return parties.organization(self.plan.organization)

    @property
    def author(self) -> Json:
        return parties.author(self.plan.practitioner, self.plan.organization)

    @property
    def recorded(self) -> str:
        return self.plan.recorded_at.text

    def text(self, column: str) -> str:
        return self.plan.text(column)

    def address(self, kind: str, name: str) -> str:
        return parties.urn(kind, self.own, name)

    def refer(self, kind: str, name: str) -> Json:
        return {"reference": self.address(kind, name)}

    def entry(self, kind: str, name: str, body: Mapping[str, Any]) -> Entry:
        """A resource of this plan, created only where it is not there yet."""
        value = f"{self.own}.{name}"
        resource = {"resourceType": kind, "identifier": [identifier(value)], **body}
        return Entry(self.address(kind, name), resource, once(value))

    def provenance(self, name: str, body: Mapping[str, Any]) -> Entry:
        """A Provenance: R4 has no search parameter by which it could be found again."""
        resource = {"resourceType": "Provenance", **body}
        return Entry(self.address("Provenance", name), resource)


def making(plan: Plan, patient: str) -> Making:
    return Making(plan, digest(("care-plan", care_plan_rows.canonical(plan))), patient)
