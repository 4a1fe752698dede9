"""Which service wrote what is held; where it does not say, whose plan it is a part of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.fhir.references import walk
from gateway.web.me import other_kinds
from gateway.web.records import Resource
from gateway.web.services import Services

RECORDED_BY = "https://onestory.example/fhir/StructureDefinition/recording-organization"
HOLDERS = ("CarePlan", "CareTeam")  # what names its parts
_WHO = ("author", "performer", "requester", "contributor", "source")
_ABOUT = ("about", "basedOn")  # where a message names the plan that it belongs to
_STEPS = 3  # from somebody close, to the team, to its plan


def writer(resource: Resource, services: Services) -> str:
    """The service that wrote it; the person named with it, where there is one; "" where it does not
    say."""
    extensions = {one.get("url"): one for one in resource.get("extension", [])}
    said = extensions.get(RECORDED_BY, {}).get("valueReference")
    named: list[Any] = [said]
    for name in (*_WHO, *other_kinds.WHO):
        value = resource.get(name)
        named += value if isinstance(value, list) else [value]
    names = [services.named(one) for one in named]
    return next((name for name in names if name), "")


def planner(resource: Resource, everything: Sequence[Resource], services: Services) -> str:
    """The service whose plan it is a part of; "" where that is none, or not one alone."""
    reached = {_reference(resource)}
    reached |= {str(one.get("reference")) for name in _ABOUT for one in _listed(resource.get(name))}
    holders = [one for one in everything if one["resourceType"] in HOLDERS]
    for _ in range(_STEPS):
        reached |= {_reference(one) for one in holders if _names(one) & reached}
    plans = [one for one in holders if one["resourceType"] == "CarePlan"]
    found = {writer(one, services) for one in plans if _reference(one) in reached} - {""}
    return found.pop() if len(found) == 1 else ""


def _names(holder: Resource) -> set[str]:
    return {str(one.get("reference")) for _, one in walk(holder)}


def _reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _listed(value: Any) -> list[Resource]:
    return [one for one in value or [] if isinstance(one, dict)] if isinstance(value, list) else []
