"""What a Person resource says of who is the same person, and how sure it is.

R4's Person.link names the Patients that one person is, each with a level of assurance
(http://hl7.org/fhir/identity-assuranceLevel). High (level3) and very high (level4) are somebody's
confirmation; anything less, or none, is a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.elements import at, literal

CONFIRMING = frozenset({"level3", "level4"})


def confirmed_by(person: Mapping[str, Any]) -> frozenset[str]:
    """The "Patient/<id>" that it confirms to be one person.

    INVARIANT: none where it is no longer in use, or says what is not understood.
    """
    if person.get("active", True) is not True or _is_not_understood(person):
        return frozenset()
    sure = (one for one in _links(person) if one.get("assurance") in CONFIRMING)
    return frozenset(_targets(one for one in sure if not _is_not_understood(one)))


def linked_by(person: Mapping[str, Any]) -> frozenset[str]:
    """The "Patient/<id>" that it names at all."""
    return frozenset(_targets(_links(person)))


def _links(person: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (one for one in at(person, "link") if isinstance(one, dict))


def _targets(links: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    for link in links:
        for named in map(literal, at(link, "target.reference")):
            if named is not None and named.startswith("Patient/"):
                yield named


def _is_not_understood(node: Mapping[str, Any]) -> bool:
    return "modifierExtension" in node or "implicitRules" in node
