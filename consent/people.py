"""Whose consents speak about a resource, where several persons and identities are at hand.

A Patient resource is one identity. Identities whose NHS number and full birth date agree are one
person, and those that somebody confirmed to be (`consent.confirmed`). One that is only linked
(`Patient.link`, or a Person of whom nobody is sure) brings its denials and no permit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consent.confirmed import confirmed_by, linked_by
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


def identities_of(
    patients: Sequence[Mapping[str, Any]], persons: Sequence[Mapping[str, Any]] = ()
) -> Identities:
    """Which of these Patient resources are the same person, and which are linked; `persons` are the
    Person resources that say more of it.

    INVARIANT: two different NHS numbers are two persons, whoever confirmed what; then what was
    confirmed links them, and carries no permit.
    """
    agreed = _agreed(patients)
    numbers = {_name(one): _numbers(one) for one in patients}
    groups: list[frozenset[str]] = []
    for group in _merged([*agreed, *(confirmed_by(one) for one in persons)]):
        known = frozenset[str]().union(*(numbers.get(one, ()) for one in group))
        groups += [group] if len(known) <= 1 else [one for one in agreed if one <= group]
    return Identities(
        joined={one: group for group in groups for one in group},
        linked=_linked(patients, persons),
    )


def _agreed(patients: Sequence[Mapping[str, Any]]) -> list[frozenset[str]]:
    """Those of whom number and full birth date agree; each is in one group."""
    by_key: dict[tuple[str, str], set[str]] = {}
    for patient in patients:
        for key in _keys(patient):
            by_key.setdefault(key, set()).add(_name(patient))
    return _merged(by_key.values())


def _merged(groups: Iterable[Iterable[str]]) -> list[frozenset[str]]:
    """The groups, those that share somebody made one."""
    merged: list[frozenset[str]] = []
    for group in map(frozenset, groups):
        sharing = [one for one in merged if one & group]
        merged = [one for one in merged if not one & group] + [group.union(*sharing)]
    return merged


def _linked(
    patients: Sequence[Mapping[str, Any]], persons: Sequence[Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    """For each identity those that it is linked to, whichever of them says so."""
    linked: dict[str, set[str]] = {}
    for patient in patients:
        own = _name(patient)
        for named in filter(None, map(literal, at(patient, "link.other.reference"))):
            linked.setdefault(own, set()).add(named)
            linked.setdefault(named, set()).add(own)
    for group in map(linked_by, persons):
        for one in group:
            linked.setdefault(one, set()).update(group)
    return {one: frozenset(others) for one, others in linked.items()}


def patients_by_identifier(patients: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """From "system|value" to the first Patient that has it."""
    found: dict[str, str] = {}
    for patient in patients:
        for identifier in at(patient, "identifier"):
            name = identified({"identifier": identifier})
            if name is not None:
                found.setdefault(name, _name(patient))
    return found


def _name(patient: Mapping[str, Any]) -> str:
    return f"Patient/{patient.get('id', '')}"


def _keys(patient: Mapping[str, Any]) -> list[tuple[str, str]]:
    born = patient.get("birthDate")
    if not isinstance(born, str) or len(born) != _FULL_DATE:
        return []
    return [(number, born) for number in sorted(_numbers(patient))]


def _numbers(patient: Mapping[str, Any]) -> frozenset[str]:
    """The NHS numbers that it carries, with their system."""
    names = (identified({"identifier": one}) for one in at(patient, "identifier"))
    return frozenset(name for name in names if name and name.startswith(f"{NHS_NUMBER}|"))
