"""Whether a party that a consent names is the one who asks, or the one who wrote.

Without doubt it is the very party. With it: an unresolvable actor is everyone, a practitioner who
is named may be the unstated one at an organisation where they work, and an unstated staff role may
be the one named. A denial also reaches whatever is below the organisation that it names.
"""

from __future__ import annotations

from collections.abc import Sequence

from consent.asked import Asked, Reading
from consent.directory import GROUPINGS, NOBODY, Names, Said, standing_since
from consent.predicate import TRUE, Condition, Constant, FromSource, Unsourced, every, some
from consent.rules import Actor
from consent.staff import acts_in, is_described
from consent.teams import Member, Team

_Seen = frozenset[Actor]


def is_requester(actor: Actor, asked: Asked, reading: Reading) -> bool:
    """Whether the named recipient is the requester, as this reading has it."""
    if not asked.directory.resolves(actor):
        return reading.doubts
    return _is_party(actor, asked, reading, frozenset())


def source_condition(actor: Actor, asked: Asked, reading: Reading) -> Condition:
    """The resource was written or is held by the named source; doubt counts an unnamed source."""
    if not asked.directory.resolves(actor):
        return Constant(reading.doubts)
    written = _wrote(actor, asked, reading, frozenset())
    return some(written, Unsourced()) if reading.doubts else written


def _is_party(actor: Actor, asked: Asked, reading: Reading, within: _Seen) -> bool:
    """`within` are the teams that led here."""
    if actor.type in GROUPINGS:
        return _is_member(actor, asked, reading, within)
    request, directory, organization = asked.request, asked.directory, asked.organization
    named = _names(actor, asked, reading)
    if not (named.isdisjoint(organization) and named.isdisjoint(asked.practitioner)):
        return True
    match actor.type:
        case "Practitioner":
            is_unstated = reading.doubts and not request.practitioner
            return is_unstated and bool(directory.workplaces_of(named) & organization)
        case "PractitionerRole":
            # Of a member who is not in the directory only the very reference is known.
            doubt = reading.doubts and (not within or actor.reference in directory.staff_roles)
            return acts_in(actor.reference or "", asked, doubt=doubt)
        case _:
            return False


def _is_member(actor: Actor, asked: Asked, reading: Reading, within: _Seen) -> bool:
    """A permit needs them in the team as it was when the consent was given and as it is now; a
    denial reaches whoever was in it at any time since."""
    versions = _versions(actor, asked, reading)
    if actor in within or versions is None:
        return reading.doubts and actor not in within
    found = (_is_in(team, asked, reading, within | {actor}) for team in versions)
    return any(found) if reading.doubts else all(found)


def _versions(actor: Actor, asked: Asked, reading: Reading) -> Sequence[Team] | None:
    """Those that this reading asks; None where the team is not held, or says nothing."""
    versions = asked.directory.teams_named(actor)
    if not versions or not versions[-1].has_content:
        return None
    since = standing_since(versions, asked.said, Team())
    return since if reading.doubts else (since[0], since[-1])


def _is_in(team: Team, asked: Asked, reading: Reading, within: _Seen) -> bool:
    doubt = reading.doubts
    is_listed = any(_is_this(member, asked, reading, within) for member in team.members)
    described = (doubt or not team.members) and is_described(
        team.traits, asked.request, doubt=doubt
    )
    return (doubt or team.stands) and (is_listed or described)


def _is_this(member: Member, asked: Asked, reading: Reading, within: _Seen) -> bool:
    """A permit reaches the members themselves, not those of a team within the team; and whoever
    takes part for an organisation, only there."""
    if not reading.doubts and _is_unsure(member):
        return False
    is_they = _is_party(member.party, asked, reading, within)
    if member.behalf is None:
        return is_they
    is_there = _is_party(member.behalf, asked, reading, within)
    if reading.doubts:
        return is_they or (is_there and not asked.request.practitioner)
    return is_they and is_there


def _is_unsure(member: Member) -> bool:
    return not member.sure or member.party.type in GROUPINGS


def _wrote(actor: Actor, asked: Asked, reading: Reading, within: _Seen) -> Condition:
    names = _names(actor, asked, reading)
    if actor.type not in GROUPINGS:
        return FromSource(names)
    versions = _versions(actor, asked, reading)
    if versions is None or actor in within:
        return Constant(reading.doubts and actor not in within)
    found = [_wrote_in(team, asked, reading, within | {actor}) for team in versions]
    return some(FromSource(names), some(*found) if reading.doubts else every(*found))


def _wrote_in(team: Team, asked: Asked, reading: Reading, within: _Seen) -> Condition:
    """Who wrote in a staff role is not known: in doubt everyone."""
    if not reading.doubts:
        sure = [member for member in team.members if not _is_unsure(member) and team.stands]
        return some(*(_wrote_as(member, asked, reading, within) for member in sure))
    if team.traits:
        return Constant(True)
    return some(*(_wrote(member.party, asked, reading, within) for member in team.members))


def _wrote_as(member: Member, asked: Asked, reading: Reading, within: _Seen) -> Condition:
    there = member.behalf and _wrote(member.behalf, asked, reading, within)
    return every(_wrote(member.party, asked, reading, within), there or TRUE)


def _names(actor: Actor, asked: Asked, reading: Reading) -> Names:
    """The names of the party; where a reference stands, an identifier beside it only in doubt."""
    directory = asked.directory
    if actor.reference is None or reading.doubts:
        names = directory.names(actor.reference, actor.identifier)
    else:
        names = directory.names(actor.reference)
    versions = directory.identified.get(actor.reference or "")
    if versions:
        names = _identified(names, actor.reference or "", versions, asked, reading)
    return directory.with_what_is_below(names) if reading.reaches_below else names


def _identified(
    names: Names, reference: str, versions: Sequence[Said], asked: Asked, reading: Reading
) -> Names:
    """By the identifiers that a practitioner had when the consent was given and has now; in doubt
    by any since."""
    since = standing_since(versions, asked.said, Said(NOBODY))
    if reading.doubts:
        return names.union(*(one.names for one in since))
    return (names & since[0].names & since[-1].names) | {reference}
