"""What a consent is held against, and the three ways in which its criteria are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from consent.directory import Directory, Names
from consent.request import Request


class Reading(Enum):
    """NARROW is a permit's: only what is certain, and no more than was said. BROAD is a denial's:
    more than was said where that may have been meant, and whatever is in doubt. SURE is a denial's
    without the doubt: it says where an exception inside a denial may permit, because no permit
    rests on a match that is only feared."""

    NARROW = auto()
    BROAD = auto()
    SURE = auto()

    @property
    def doubts(self) -> bool:
        """Whether what is in doubt counts as a match."""
        return self is Reading.BROAD

    @property
    def reaches_below(self) -> bool:
        """Whether more is meant than the very thing that was named."""
        return self is not Reading.NARROW


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what the directory says of it, at one moment; `said` is when the consent that
    is held against it was stored. `organization` and `practitioner` are all their names."""

    request: Request
    directory: Directory
    now: datetime
    organization: Names
    practitioner: Names
    said: datetime | None = None

    def of(self, said: datetime | None) -> Asked:
        """The same of a consent that was stored then: it matters where teams have versions."""
        held = self.directory
        dated = held.teams or held.roles or held.identified or held.referred
        return self if said is None or not dated else replace(self, said=said)


def asked(request: Request, directory: Directory, now: datetime) -> Asked:
    organization = directory.names(*request.organization)
    return Asked(request, directory, now, organization, directory.names(*request.practitioner))
