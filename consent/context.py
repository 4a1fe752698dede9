"""A directory made from resources: organisations, practitioners, roles, and what is joined."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from consent import codes
from consent.dates import interval_of
from consent.directory import GROUPINGS, NOBODY, Directory, Names, StaffRole
from consent.elements import at, identified, literal, references
from consent.teams import Team, team_of

LATELY = timedelta(days=366)  # the last 12 months, read broadly
_STAFF_ROLE = "PractitionerRole"

Resource = Mapping[str, Any]
Graph = dict[str, set[str]]


def directory_of(resources: Iterable[Resource], now: datetime) -> Directory:
    """What these resources say, at this moment.

    They are a directory at hand unless they are only records: then a party that is not among them
    is simply another party.
    """
    held = [one for one in resources if "id" in one]
    staff_roles = {_reference(one): staff_role(one) for one in held if _is(one, _STAFF_ROLE)}
    entries = [one for one in held if one.get("resourceType") in codes.types("directory_types")]
    only_records = bool(held) and not entries
    aliases = _aliases(held)
    return Directory(
        known=None if only_records else frozenset(_reference(one) for one in held),
        aliases=aliases,
        workplaces=_workplaces([one for one in held if _is(one, _STAFF_ROLE)], now),
        staff_roles=staff_roles,
        outgoing={_reference(one): refers_to(one) for one in held},
        joined=_joined(held),
        belonging=_belonging(held),
        below=_below(held, aliases),
        teams=_teams(held, now),
    )


def names_of(resources: Iterable[Resource]) -> dict[str, str]:
    """The name of each organisation and practitioner, under its reference and its identifiers."""
    found: dict[str, str] = {}
    for resource in resources:
        name = _name(resource.get("name"))
        if name and resource.get("resourceType") in codes.types("directory_types"):
            found |= dict.fromkeys((_reference(resource), *identifiers(resource)), name)
    return found


def _name(name: Any) -> str | None:
    match name:
        case str(text):
            return text
        case [{"text": str(text)}, *_]:
            return text
        case [{"family": str(family), **rest}, *_]:
            given = rest.get("given")
            return " ".join([*(given if isinstance(given, list) else []), family])
        case _:
            return None


def _reference(resource: Resource) -> str:
    return f"{resource.get('resourceType', '')}/{resource.get('id', '')}"


def _is(resource: Resource, kind: str) -> bool:
    return resource.get("resourceType") == kind


def identifiers(resource: Resource) -> Names:
    """Its identifiers, "system|value"."""
    found = (identified({"identifier": one}) for one in at(resource, "identifier"))
    return frozenset(one for one in found if one is not None)


def _party(reference: Any) -> str | None:
    """A Reference's literal, else its identifier."""
    if not isinstance(reference, dict):
        return None
    return literal(reference.get("reference")) or identified(reference)


def _aliases(resources: Iterable[Resource]) -> dict[str, Names]:
    """Every name of a party leads to all its names."""
    found: Graph = defaultdict(set)
    for resource in resources:
        if resource.get("resourceType") in codes.types("parties"):
            names = {_reference(resource), *identifiers(resource)}
            for name in names:
                found[name] |= names
    return {name: frozenset(names) for name, names in found.items()}


def staff_role(role: Resource) -> StaffRole:
    """What a PractitionerRole says."""
    found = {
        f"{coding.get('system', '')}|{coding['code']}"
        for coding in at(role, "code.coding")
        if isinstance(coding, dict) and "code" in coding
    }
    return StaffRole(
        frozenset(found), _party(role.get("organization")), _party(role.get("practitioner"))
    )


def _workplaces(roles: Iterable[Resource], now: datetime) -> dict[str, Names]:
    """Where each practitioner works, or worked in the last 12 months."""
    found: Graph = defaultdict(set)
    for role in roles:
        who, where = _party(role.get("practitioner")), _party(role.get("organization"))
        if who is not None and where is not None and _is_recent(role, now):
            found[who].add(where)
    return {who: frozenset(places) for who, places in found.items()}


def _is_recent(role: Resource, now: datetime) -> bool:
    """A role that has ended counts for a year; one that ended on no known day still counts."""
    period = interval_of(role.get("period"))
    return period is None or (period[0] <= now and now - LATELY <= period[1])


def refers_to(resource: Resource) -> Names:
    """Every literal reference in it."""
    found = (literal(reference.get("reference")) for _, reference in references(resource))
    return frozenset(one for one in found if one is not None)


def _joined(resources: Iterable[Resource]) -> dict[str, Names]:
    """What is joined to each resource by the listed elements, both ways and onwards."""
    barred = codes.listed("joins", "never_through")
    graph: Graph = defaultdict(set)
    for resource in resources:
        here = _reference(resource)
        for element in codes.listed("joins", "elements"):
            for reference in at(resource, element):
                there = _party(reference)
                if there is None or barred & {_kind(here), _kind(there)}:
                    continue
                graph[here].add(there)
                graph[there].add(here)
    found: dict[str, Names] = {}
    for start in graph:
        if start not in found:
            together = _reachable(start, graph)
            found |= dict.fromkeys(together, together)
    return found


def _kind(reference: str) -> str:
    return reference.partition("/")[0]


def _reachable(start: str, graph: Mapping[str, set[str]]) -> Names:
    seen = {start}
    waiting = deque([start])
    while waiting:
        for neighbour in graph.get(waiting.popleft(), NOBODY) - seen:
            seen.add(neighbour)
            waiting.append(neighbour)
    return frozenset(seen)


def _belonging(resources: Iterable[Resource]) -> dict[str, Names]:
    """The Encounters of each EpisodeOfCare."""
    found: Graph = defaultdict(set)
    for resource in resources:
        if _is(resource, "Encounter"):
            for episode in at(resource, "episodeOfCare"):
                found[_party(episode) or ""].add(_reference(resource))
    return {episode: frozenset(encounters) for episode, encounters in found.items()}


def _below(resources: Iterable[Resource], aliases: Mapping[str, Names]) -> dict[str, Names]:
    """Everything beneath each organisation, to any depth, under every name of both."""
    children: Graph = defaultdict(set)
    for resource in resources:
        above = _party(resource.get("partOf")) if _is(resource, "Organization") else None
        if above is not None:
            own = aliases.get(_reference(resource), NOBODY)
            for name in aliases.get(above, NOBODY) | {above}:
                children[name] |= own
    return {name: _reachable(name, children) - {name} for name in tuple(children)}


def _teams(resources: Iterable[Resource], now: datetime) -> dict[str, tuple[Team, ...]]:
    """Each CareTeam and Group as it stands, under its reference and its identifiers."""
    found: dict[str, tuple[Team, ...]] = {}
    for resource in resources:
        if resource.get("resourceType") in GROUPINGS:
            names = (_reference(resource), *identifiers(resource))
            found |= dict.fromkeys(names, (team_of(resource, now),))
    return found
