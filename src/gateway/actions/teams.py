"""Who was in the CareTeams and Groups that consents name, in every version of them.

All versions are read, because no service may widen a permit by what it writes afterwards, nor
escape a denial: docs/decisions/0018.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from consent.directory import GROUPINGS
from consent.rules import Actor
from consent.teams import Team, team_of
from gateway.actions.releasing import whole
from gateway.fhir.references import local
from gateway.storage import versions
from gateway.storage.connection import Connection
from gateway.storage.resources import Resources
from gateway.storage.times import moment_of
from gateway.storage.versions import Version

MOST_TEAMS = 100
MOST_VERSIONS = 200

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
    type_, id_ = local(reference) or ("", "")
    standing = versions.standing(connection, type_, [id_])
    if not standing or standing[0].deleted:
        return ()
    earlier = versions.former(connection, standing[0].row.rid)
    every = [standing[0], *islice(earlier, MOST_VERSIONS)]
    if len(every) > MOST_VERSIONS:
        return ()
    return tuple(_team(resources, each, now) for each in reversed(every))


def _team(resources: Resources, version: Version, now: datetime) -> Team:
    row, since = version.row, moment_of(version.row.updated)
    if version.deleted:
        return Team(since=since)
    return team_of(whole(row, resources.opened(row)), now, since)
