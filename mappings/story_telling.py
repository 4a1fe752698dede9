"""What every teller of a story knows: all that its reader may see, and who is called what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from mappings import parties
from mappings.linked import Resource, relative
from mappings.story_words import day, phrase
from mappings.systems import ODS, RECORDING_ORGANIZATION

_BY = ("author", "requester", "performer", "sender", "source", "recorder")
_WHEN = {
    "CarePlan": ("created",),
    "Communication": ("sent",),
    "DocumentReference": ("date",),
    "Goal": ("statusDate", "startDate"),
    "Observation": ("effectiveDateTime", "issued"),
    "QuestionnaireResponse": ("authored",),
    "ServiceRequest": ("authoredOn",),
    "Task": ("lastModified", "authoredOn"),
}


@dataclass(frozen=True)
class Telling:
    """`me` is the reader's own Patient of the person; `names` are of those whom references name,
    by reference or by "ods|CODE"; `today` is the day the story is told."""

    me: str
    names: Mapping[str, str]
    today: date
    resources: tuple[Resource, ...]

    @cached_property
    def by_reference(self) -> Mapping[str, Resource]:
        return {reference_of(one): one for one in self.resources}

    @cached_property
    def _pointing(self) -> Mapping[tuple[str, str, str], list[Resource]]:
        """What points from an element that is asked for, by type, element and target."""
        found: dict[tuple[str, str, str], list[Resource]] = {}
        for type_, element in (("Observation", "derivedFrom"), ("Task", "focus")):
            for one in self.of_type(type_):
                named = one.get(element) or []
                for each in dict.fromkeys(map(_literal, _listed(named))):
                    found.setdefault((type_, element, each), []).append(one)
        return found

    def pointing(self, type_: str, element: str, target: str) -> list[Resource]:
        """The resources of a type that name a target ("Type/id") from an element."""
        return self._pointing.get((type_, element, target), [])

    def at(self, reference: Any) -> Resource | None:
        """The resource that a Reference names, where the reader sees it."""
        return self.by_reference.get(_literal(reference))

    def of_type(self, type_: str) -> Iterator[Resource]:
        return (one for one in self.resources if one["resourceType"] == type_)

    def named(self, reference: Any) -> str:
        """The name of whoever a Reference means; "" where the reader is not told."""
        if not isinstance(reference, Mapping):
            return ""
        known = self.names.get(_literal(reference)) or self.names.get(
            f"ods|{parties.identified(reference, ODS)}"
        )
        return str(known or reference.get("display") or "")

    def first_named(self, references: Iterable[Any]) -> str:
        return next(filter(None, map(self.named, references)), "")

    def writer(self, resource: Resource) -> str:
        """The service that recorded it, or else whoever it names as having written it."""
        said = parties.extension(resource, RECORDING_ORGANIZATION, "valueReference")
        named: list[Any] = [said]
        for element in _BY:
            named += _listed(resource.get(element))
        return self.first_named(named)

    def source(self, resource: Resource) -> str:
        """By whom, and when, as far as it says."""
        by, on = self.writer(resource), day(when(resource))
        return phrase("sources", "by_on").format(by=by, on=on) if by and on else by or on


def when(resource: Resource) -> str:
    """The FHIR date by which it is told; "" where it says none."""
    names = _WHEN.get(str(resource["resourceType"]), ())
    return next((str(resource[name]) for name in names if resource.get(name)), "")


def reference_of(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def texts(resource: Resource, element: str) -> str:
    """The texts of Annotations and the like, one after another."""
    found = (str(one.get("text") or "") for one in resource.get(element, ()))
    return " ".join(filter(None, found))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _literal(reference: Any) -> str:
    return relative(str((reference or {}).get("reference") or ""))
