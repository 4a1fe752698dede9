"""Who was in the CareTeams and Groups that consents name, in every version of them.

All versions are read, because no service may widen a permit by what it writes afterwards, nor
escape a denial: docs/decisions/0018.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from consent.directory import GROUPINGS
from consent.rules import Actor
from consent.teams import Team, team_of
from gateway.actions.whole_past import past_of
from gateway.storage.connection import Connection
from gateway.storage.resources import Resources

MOST_TEAMS = 100

Teams = dict[str, tuple[Team, ...]]


def teams_of(
    connection: Connection, resources: Resources, actors: Iterable[Actor], now: datetime
) -> Teams:
    """The versions of each of the teams, and of those within them, the oldest first; none of what
    is not held, or has been changed so often that nobody could follow."""
    found: Teams = {}
    waiting = deque(_named(actors))
    while waiting and len(found) < MOST_TEAMS:
        reference = waiting.popleft()
        if reference not in found:
            found[reference] = _versions(connection, resources, reference, now)
            members = (member.party for team in found[reference] for member in team.members)
            waiting.extend(_named(members))
    return found


def parties_of(teams: Teams) -> list[Actor]:
    """Everybody who is, or was, in one of the teams, and for whom."""
    every = [member for versions in teams.values() for team in versions for member in team.members]
    return [each.party for each in every] + [each.behalf for each in every if each.behalf]


def _named(actors: Iterable[Actor]) -> list[str]:
    return [each.reference for each in actors if each.type in GROUPINGS and each.reference]


def _versions(
    connection: Connection, resources: Resources, reference: str, now: datetime
) -> tuple[Team, ...]:
    return tuple(
        Team(since=since) if said is None else team_of(said, now, since)
        for since, said in past_of(connection, resources, reference)
    )
