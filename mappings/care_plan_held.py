"""A care plan on its way out of FHIR: the plan, its crisis part, and what both refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.care_plan_codes import CARE_PLAN, CRISIS_PLAN, code_of
from mappings.linked import Linked, Resource
from mappings.systems import SNOMED
from mappings.verdict import Fault

WHOLE = frozenset({"CarePlan", "CareTeam", "Condition", "Goal", "RelatedPerson"})
CODED = {
    "Communication": "category",
    "Observation": "code",
    "Provenance": "activity",
    "Task": "code",
}
SAID = frozenset(
    {
        *("activity", "addresses", "author", "careTeam", "category", "created", "_created"),
        *("description", "extension", "goal", "intent", "note", "partOf", "period", "status"),
        *("subject", "supportingInfo"),
    }
)
BESIDE = frozenset({"id", "identifier", "language", "meta", "resourceType", "text", "title"})
NO_COLUMN = "is what no column can say"
NOT_HERE = "must refer to a resource of the same input"


def belongs_to_a_plan(resource: Resource) -> bool:
    """Whether a resource is one that a care plan may need: held on to, where others are not."""
    kind = str(resource.get("resourceType"))
    if kind in CODED:
        return bool(code_of(resource.get(CODED[kind]), CARE_PLAN))
    return kind in WHOLE


def is_crisis(plan: Resource) -> bool:
    return code_of(plan.get("category"), SNOMED) == CRISIS_PLAN


@dataclass(frozen=True, slots=True)
class Held:
    """One plan as it is read back; `refuse` notes what no flat record could say."""

    plan: Resource
    addresses: tuple[str, ...]
    linked: Linked
    crisis: Resource = field(default_factory=dict)
    crisis_addresses: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, where: str, reason: str) -> None:
        self.faults.append(Fault(where, reason))

    def named(self, element: str) -> Iterator[tuple[str, Resource]]:
        """(FHIRPath, resource) for each reference of the plan; one that is not here is refused."""
        for index, reference in enumerate(self.plan.get(element, ())):
            where = f"CarePlan.{element}[{index}]"
            found = self.linked.at(reference)
            if found is None:
                self.refuse(where, NOT_HERE)
            else:
                yield where, found

    def about(self, addresses: Iterable[str], kind: str) -> Iterator[Resource]:
        """The resources of that type which point at one of these addresses."""
        for _, resource in self.linked.pointing_at(addresses):
            if resource.get("resourceType") == kind:
                yield resource


def held(plan: Resource, addresses: tuple[str, ...], linked: Linked) -> Held:
    """The plan with the crisis part that is part of it, where there is one."""
    parts = [
        (part_addresses, part)
        for part_addresses, part in linked.pointing_at(addresses)
        if part.get("resourceType") == "CarePlan" and is_crisis(part)
    ]
    if not parts:
        return Held(plan, addresses, linked)
    crisis_addresses, crisis = parts[0]
    found = Held(plan, addresses, linked, crisis, crisis_addresses)
    if len(parts) > 1:
        found.refuse("CarePlan.partOf", "must be one crisis part only")
    return found


def unsayable(*plans: Resource) -> list[str]:
    """The elements of which no column says anything, and which are not about the record itself."""
    return sorted({element for plan in plans for element in plan} - SAID - BESIDE)


def first(resource: Mapping[str, Any], element: str) -> Mapping[str, Any]:
    """The first of a repeating element, or an empty one."""
    found: Mapping[str, Any] = (resource.get(element) or ({},))[0]
    return found


def text_of(concept: Mapping[str, Any] | None) -> str:
    return str((concept or {}).get("text", ""))
