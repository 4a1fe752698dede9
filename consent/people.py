"""Whose consents speak about a resource, where several persons and identities are at hand.

A Patient resource is one identity. Identities whose NHS number and full birth date agree are one
person. One that is only linked (`Patient.link`) brings its denials and no permit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consent.elements import at, identified, literal, references
from consent.reading_facts import SOMEONE
from consent.request import Source

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_FULL_DATE = len("2026-05-03")


@dataclass(frozen=True, slots=True)
class Stated:
    """A consent, and the "Patient/<id>" whose it says it is; None where that cannot be told."""

    source: Source
    patient: str | None


@dataclass(frozen=True, slots=True)
class Identities:
    """For each identity those that are the same person, and those that are only linked to it."""

    joined: Mapping[str, frozenset[str]]
    linked: Mapping[str, frozenset[str]]

    def consents_of(self, person: str, consents: Sequence[Stated]) -> list[Source]:
        """Every consent that speaks about the person; which of them carry permits."""
        joined = self.joined.get(person, frozenset()) | {person}
        linked = self._linked_to(joined)
        found: list[Source] = []
        for stated in consents:
            if stated.patient in joined:
                found.append(stated.source)
            elif stated.patient is None or stated.patient in linked:
                found.append(replace(stated.source, carries_permits=False))
        return found

    def _linked_to(self, joined: frozenset[str]) -> set[str]:
        """Everyone who is linked to these, or to whom those are, joined or linked, to any depth."""
        reached = set(joined)
        waiting = list(joined)
        while waiting:
            one = waiting.pop()
            others = self.linked.get(one, frozenset()) | self.joined.get(one, frozenset())
            waiting += others - reached
            reached |= others
        return reached - joined


def stated(source: Source, consent: Mapping[str, Any], known: Mapping[str, str]) -> Stated:
    """A consent with its patient; `known` leads from an identifier to a Patient."""
    patient = consent.get("patient")
    if not isinstance(patient, dict):
        return Stated(source, None)
    by_identifier = known.get(identified(patient) or "")
    return Stated(source, literal(patient.get("reference")) or by_identifier)


def persons_named(resource: Mapping[str, Any], known: Mapping[str, str]) -> frozenset[str]:
    """The persons whom a resource names by identifier alone: the Patient at hand that has it, and
    otherwise SOMEONE, who has permitted nothing."""
    found: set[str] = set()
    for _, reference in references(resource):
        name = identified(reference)
        if name is None or literal(reference.get("reference")) is not None:
            continue
        is_person = reference.get("type") == "Patient" or name.startswith(f"{NHS_NUMBER}|")
        if name in known or is_person:
            found.add(known.get(name, SOMEONE))
    return frozenset(found)


def identities_of(patients: Iterable[Mapping[str, Any]]) -> Identities:
    """Which of these Patient resources are the same person, and which are linked."""
    joined: dict[tuple[str, str], set[str]] = {}
    linked: dict[str, set[str]] = {}
    for patient in patients:
        own = f"Patient/{patient.get('id', '')}"
        for key in _keys(patient):
            joined.setdefault(key, set()).add(own)
        for other in at(patient, "link.other.reference"):
            if (named := literal(other)) is not None:
                linked.setdefault(own, set()).add(named)
                linked.setdefault(named, set()).add(own)
    return Identities(
        joined={one: frozenset(group) for group in joined.values() for one in group},
        linked={one: frozenset(others) for one, others in linked.items()},
    )


def patients_by_identifier(patients: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """From "system|value" to the first Patient that has it."""
    found: dict[str, str] = {}
    for patient in patients:
        for identifier in at(patient, "identifier"):
            name = identified({"identifier": identifier})
            if name is not None:
                found.setdefault(name, f"Patient/{patient.get('id', '')}")
    return found


def _keys(patient: Mapping[str, Any]) -> list[tuple[str, str]]:
    born = patient.get("birthDate")
    if not isinstance(born, str) or len(born) != _FULL_DATE:
        return []
    names = (identified({"identifier": one}) for one in at(patient, "identifier"))
    return [(name, born) for name in names if name and name.startswith(f"{NHS_NUMBER}|")]
