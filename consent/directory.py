"""What the directory says of the parties and resources that consents name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent import codes
from consent.rules import Actor

Names = frozenset[str]
NOBODY: Names = frozenset()


@dataclass(frozen=True, slots=True)
class StaffRole:
    """A PractitionerRole: the role codes ("system|code"), and whom and where it is about."""

    codes: Names = NOBODY
    organization: str | None = None
    practitioner: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Facts about the parties, gathered before deciding.

    `known` are the references that the directory holds; None: there is no directory at hand.
    `aliases` joins literal references and "system|value" identifiers of one party. `workplaces`
    are the organisations where a practitioner has a role now or had one in the last 12 months.
    `outgoing` is what a resource refers to; `joined` everything joined to it by basedOn, focus,
    partOf, derivedFrom, hasMember and result, both ways and onwards; `belonging` the Encounters
    of an EpisodeOfCare.
    """

    known: Names | None = None
    aliases: Mapping[str, Names] = field(default_factory=dict)
    workplaces: Mapping[str, Names] = field(default_factory=dict)
    staff_roles: Mapping[str, StaffRole] = field(default_factory=dict)
    outgoing: Mapping[str, Names] = field(default_factory=dict)
    joined: Mapping[str, Names] = field(default_factory=dict)
    belonging: Mapping[str, Names] = field(default_factory=dict)

    def resolves(self, actor: Actor) -> bool:
        """Whether the party can be told apart from every other.

        Groups and CareTeams cannot yet: nobody's membership is read.
        """
        if actor.type not in codes.types("parties") and (actor.type or not actor.identifier):
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
        found = {name for name in known_as if name is not None}
        for name in tuple(found):
            found |= self.aliases.get(name, NOBODY)
        return frozenset(found)

    def workplaces_of(self, names: Names) -> Names:
        """Every name of every organisation where the practitioner has, or lately had, a role."""
        places = {place for name in names for place in self.workplaces.get(name, NOBODY)}
        return self.names(*places)
