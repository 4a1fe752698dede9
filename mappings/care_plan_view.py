"""A care plan as a reader finds it: with what it refers to, what points at it, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mappings.care_plan_codes import Code, codes_in
from mappings.care_plan_held import is_crisis
from mappings.linked import Linked, Resource

Document = Mapping[str, Any] | Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class View:
    """One plan among its resources. `today` is an ISO date, or empty where it is not known.

    A reference whose resource is not here is `unseen`: what it holds cannot be judged.
    """

    place: str
    plan: Resource
    linked: Linked
    places: Mapping[int, str]
    addresses: Mapping[int, tuple[str, ...]]
    resources: tuple[Resource, ...]
    today: str

    @property
    def status(self) -> str:
        return str(self.plan.get("status", ""))

    @property
    def day(self) -> str:
        """Today, or else the day on which the plan was written."""
        return self.today or str(self.plan.get("created", ""))[:10]

    def path(self, element: str) -> str:
        return f"{self.place}.{element}" if element else self.place

    def place_of(self, resource: Resource) -> str:
        return self.places[id(resource)]

    def named(self, element: str) -> list[Resource]:
        """The resources that the plan refers to from there and that are here."""
        return [found for one in self.references(element) if (found := self.linked.at(one))]

    def references(self, element: str) -> list[Resource]:
        found = self.plan.get(element, ())
        if element == "activity":
            return [one["reference"] for one in found if "reference" in one]
        return list(found)

    def unseen(self, element: str) -> bool:
        """Whether the plan refers from there to what is not here."""
        return any(
            "reference" in one and self.linked.at(one) is None for one in self.references(element)
        )

    def pointing(self, resource: Resource) -> Iterator[Resource]:
        """What points at the plan or at its crisis part."""
        for _, found in self.linked.pointing_at(self.addresses[id(resource)]):
            yield found

    @cached_property
    def crises(self) -> list[Resource]:
        """The crisis parts of the plan; the plan itself where it is nothing else."""
        if is_crisis(self.plan):
            return [self.plan]
        return [one for one in self.pointing(self.plan) if _is_crisis_part(one)]

    @cached_property
    def support(self) -> dict[Code, Resource]:
        """The resources that the plan rests on, by each of their codes."""
        found = self.named("supportingInfo")
        return {code: one for one in reversed(found) for code in codes_in(one.get("code"))}

    @cached_property
    def acts(self) -> frozenset[Code]:
        """The codes of all that will be done, in the plan."""
        tasks = (code for one in self.named("activity") for code in codes_in(one.get("code")))
        return frozenset((*self.acts_of(self.plan), *tasks))

    @cached_property
    def acts_in_crisis(self) -> frozenset[Code]:
        return frozenset(code for one in self.crises for code in self.acts_of(one))

    @cached_property
    def needs(self) -> tuple[Resource, ...]:
        return tuple(self.named("addresses"))

    @cached_property
    def participants(self) -> tuple[tuple[str, Resource], ...]:
        """(place, participant) of every care team of the plan that is here."""
        return tuple(
            (f"{self.place_of(team)}.participant[{index}]", one)
            for team in self.named("careTeam")
            for index, one in enumerate(team.get("participant", ()))
        )

    @staticmethod
    def acts_of(plan: Resource) -> Iterator[Code]:
        for _, detail in details(plan):
            yield from codes_in(detail.get("code"))


def details(plan: Resource) -> Iterator[tuple[str, Resource]]:
    """(place within the plan, detail) of each activity that is spelt out."""
    for index, one in enumerate(plan.get("activity", ())):
        if "detail" in one:
            yield f"activity[{index}].detail", one["detail"]


def views(document: Document, today: str) -> Iterator[View]:
    """A view of each plan in a Bundle or among resources; crisis parts go with their plans."""
    placed = list(_placed(document))
    linked = Linked()
    for _, addresses, resource in placed:
        linked.learn(addresses, resource)
    places = {id(resource): place for place, _, resource in placed}
    named = {id(resource): names for _, names, resource in placed}
    resources = tuple(resource for _, _, resource in placed)
    for place, _, resource in placed:
        if resource.get("resourceType") == "CarePlan" and not _is_crisis_part(resource):
            yield View(place, resource, linked, places, named, resources, today)


def _placed(document: Document) -> Iterator[tuple[str, tuple[str, ...], Resource]]:
    if isinstance(document, Mapping) and document.get("resourceType") == "Bundle":
        for index, entry in enumerate(document.get("entry", ())):
            if isinstance(held := entry.get("resource"), Mapping):
                full_url = str(entry.get("fullUrl", ""))
                yield f"Bundle.entry[{index}].resource", _names(held, full_url), held
        return
    for held in [document] if isinstance(document, Mapping) else document:
        yield str(held.get("resourceType", "")), _names(held, ""), held


def _names(resource: Resource, full_url: str) -> tuple[str, ...]:
    local = f"{resource.get('resourceType')}/{resource['id']}" if "id" in resource else ""
    return tuple(name for name in (full_url, local) if name)


def _is_crisis_part(resource: Resource) -> bool:
    return is_crisis(resource) and "partOf" in resource
