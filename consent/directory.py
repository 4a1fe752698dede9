"""What the directory says of the parties and resources that consents name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from consent import codes
from consent.rules import Actor
from consent.teams import Team

Names = frozenset[str]
NOBODY: Names = frozenset()
GROUPINGS = frozenset({"CareTeam", "Group"})


@dataclass(frozen=True, slots=True)
class StaffRole:
    """A PractitionerRole: the role codes ("system|code"), and whom and where it is about; `since`
    when that version of it was stored."""

    codes: Names = NOBODY
    organization: str | None = None
    practitioner: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one version of a resource named, and since when: a practitioner's identifiers, or
    everything that a record referred to."""

    names: Names
    since: datetime | None = None


class Dated(Protocol):
    """A version of something, with when it was stored; None where only this one is known."""

    @property
    def since(self) -> datetime | None: ...


Version = TypeVar("Version", bound=Dated)


def standing_since(
    versions: Sequence[Version], said: datetime | None, nothing: Version
) -> Sequence[Version]:
    """The version that stood at that moment and all after it; `nothing` stood before the first."""
    if said is None:
        return versions[-1:]
    before = [n for n, one in enumerate(versions) if one.since is not None and one.since <= said]
    return versions[before[-1] :] if before else (nothing, *versions)


@dataclass(frozen=True, slots=True)
class Directory:
    """Facts about the parties, gathered before deciding.

    `known` are the references that the directory holds; None: there is no directory at hand.
    `aliases` joins literal references and "system|value" identifiers of one party. `workplaces`
    are the organisations where a practitioner has a role now or had one in the last 12 months.
    `outgoing` is what a resource refers to; `joined` everything joined to it by basedOn, focus,
    partOf, derivedFrom, hasMember and result, both ways and onwards; `beyond` are those to which
    more is joined than anybody follows; `belonging` the Encounters of an EpisodeOfCare. `below` is
    everything beneath an organisation (`partOf`), under every name.

    `teams` are the versions of each CareTeam and Group, the oldest first; `roles` those of staff
    roles, `identified` of practitioners' identifiers, `referred` of what a record refers to, where
    the versions of these are known.
    """

    known: Names | None = None
    aliases: Mapping[str, Names] = field(default_factory=dict)
    workplaces: Mapping[str, Names] = field(default_factory=dict)
    staff_roles: Mapping[str, StaffRole] = field(default_factory=dict)
    outgoing: Mapping[str, Names] = field(default_factory=dict)
    joined: Mapping[str, Names] = field(default_factory=dict)
    belonging: Mapping[str, Names] = field(default_factory=dict)
    beyond: Names = NOBODY
    below: Mapping[str, Names] = field(default_factory=dict)
    teams: Mapping[str, Sequence[Team]] = field(default_factory=dict)
    roles: Mapping[str, Sequence[StaffRole]] = field(default_factory=dict)
    identified: Mapping[str, Sequence[Said]] = field(default_factory=dict)
    referred: Mapping[str, Sequence[Said]] = field(default_factory=dict)

    def resolves(self, actor: Actor) -> bool:
        """Whether the party can be told apart from every other."""
        if actor.type in GROUPINGS:
            versions = self.teams_named(actor)
            return bool(versions) and versions[-1].has_content
        if actor.type is not None and actor.type not in codes.types("parties"):
            return False
        if actor.reference is None:
            return actor.identifier is not None
        return (
            self.known is None
            or actor.type not in codes.types("directory_types")
            or actor.reference in self.known
        )

    def names(self, *known_as: str | None) -> Names:
        """These names of a party, with all their aliases."""
        found = frozenset(name for name in known_as if name is not None)
        return found.union(*(self.aliases.get(name, NOBODY) for name in found))

    def teams_named(self, actor: Actor) -> Sequence[Team]:
        """The versions of the CareTeam or Group; none where it is not held."""
        return self.teams.get(actor.reference or actor.identifier or "", ())

    def with_what_is_below(self, names: Names) -> Names:
        """The names, and those of everything beneath that party."""
        if not self.below:
            return names
        return names.union(*(self.below.get(name, NOBODY) for name in names))

    def workplaces_of(self, names: Names) -> Names:
        """Every name of every organisation where the practitioner has, or lately had, a role."""
        places = {place for name in names for place in self.workplaces.get(name, NOBODY)}
        return self.names(*places)
