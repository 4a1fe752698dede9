"""Who belongs to a CareTeam or a Group, read out of the resource as it stands at a moment.

A Group that lists members is who they are; one that only describes staff, by characteristics, is
whoever has that role. Nobody is added by doubt: whoever is named so that nothing here is known by
it is nobody who could ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.dates import interval_of
from consent.elements import at
from consent.reading_criteria import read_actor
from consent.rules import Actor

_ENDED = frozenset({"inactive", "entered-in-error", "suspended", "proposed"})


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes part, perhaps for one organisation; `sure`: nothing speaks against it."""

    party: Actor
    behalf: Actor | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Trait:
    """A staff role ("system|code") that members have, or do not have.

    `sure`: it is understood, and in force now.
    """

    codes: frozenset[str] = frozenset()
    excluded: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """One version of a CareTeam or Group. `since`: when it was stored, None where only this one is
    known. `stands`: it is active now, so that a permit may rest on it."""

    members: tuple[Member, ...] = ()
    traits: tuple[Trait, ...] = ()
    stands: bool = True
    since: datetime | None = None

    @property
    def has_content(self) -> bool:
        return bool(self.members or self.traits)


def team_of(resource: Mapping[str, Any], now: datetime, since: datetime | None = None) -> Team:
    """What the resource says of its members at this moment; never raises."""
    if resource.get("resourceType") == "CareTeam":
        stands = resource.get("status") not in _ENDED and _in_force(resource, now) is True
        members = tuple(_members(resource, "participant", ("member", "onBehalfOf"), now))
        return Team(members, (), stands, since)
    stands = resource.get("active", True) is True
    members = tuple(_members(resource, "member", ("entity", ""), now))
    traits = tuple(_trait(each, now) for each in at(resource, "characteristic"))
    of_staff = resource.get("type") == "practitioner"
    return Team(members, traits, stands and (of_staff or not traits), since)


def _members(
    resource: Mapping[str, Any], element: str, names: tuple[str, str], now: datetime
) -> Iterator[Member]:
    who, behalf = names
    for each in at(resource, element):
        named = each.get(who) if isinstance(each, dict) else None
        if not isinstance(named, dict):
            continue
        party = read_actor(named)
        in_force = _in_force(each, now)
        if in_force is False or each.get("inactive") is True or not (_is_known(party)):
            continue
        organization = each.get(behalf)
        on_behalf = read_actor(organization) if isinstance(organization, dict) else None
        yield Member(party, on_behalf, sure=in_force is True)


def _is_known(party: Actor) -> bool:
    return party.reference is not None or (party.identifier is not None and bool(party.type))


def _in_force(node: Mapping[str, Any], now: datetime) -> bool | None:
    """Whether a period holds now; None where it is there and cannot be read."""
    if "period" not in node:
        return True
    period = interval_of(node["period"])
    return None if period is None else period[0] <= now <= period[1]


def _trait(characteristic: Any, now: datetime) -> Trait:
    """A role named as a value, or as a code that is true of the members."""
    if not isinstance(characteristic, dict):
        return Trait(sure=False)
    excluded = characteristic.get("exclude") is True
    concept = characteristic.get("valueCodeableConcept")
    stated = characteristic.get("valueBoolean")
    if concept is None and isinstance(stated, bool):
        concept, excluded = characteristic.get("code"), excluded is stated
    codes = frozenset(
        f"{coding.get('system', '')}|{coding['code']}"
        for coding in at(concept, "coding")
        if isinstance(coding, dict) and isinstance(coding.get("code"), str)
    )
    sure = bool(codes) and _in_force(characteristic, now) is True
    return Trait(codes, excluded, sure)
