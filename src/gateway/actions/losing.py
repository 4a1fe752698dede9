"""Who loses what they had received, when what a person says changes.

Held against each service that received something: what it could have asked for before, and can ask
for no more. What reached it by delivery alone is lost only with the agreement to that referral. It
does not matter whether it still has a sharing agreement: it has what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from consent import codes
from consent.compiling import compile_consents
from consent.directory import Directory
from consent.predicate import Pending, Predicate, negated, some
from consent.request import Request, Source
from consent.rules import Actor, Effect, Meaning
from gateway.actions.directory import (
    Organization,
    directory_for,
    every_rule,
    organization_named,
)
from gateway.actions.gate import Gate
from gateway.actions.installation import Installation
from gateway.actions.losing_parts import is_less_seen
from gateway.actions.mixed import Mixed
from gateway.actions.previewing_people import Recipient
from gateway.actions.supposing import Supposing
from gateway.actions.teams import parties_of
from gateway.actions.weighing import consents_of, source_of
from gateway.auth.requester import Requester
from gateway.storage import receivers
from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import NEVER, Sql, sql_and, sql_not, sql_or
from gateway.storage.resources import Row


@dataclass(frozen=True, slots=True)
class Part:
    """Of one who is not the person they were: `about` which identities it is asked, by what they
    `stood` before, and who knew them then and does not now (`strangers`, organisations)."""

    about: tuple[Identity, ...]
    stood: tuple[Source, ...]
    strangers: frozenset[str]


class Losing:
    """One person's consents as they were and as they are, in a write that is not committed yet.

    `moved` is the version before of each Consent that was written, None where it is new; `part`
    where it is not what they said that moved, but who they are.
    """

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        now: datetime,
        own: Sequence[Identity],
        moved: Mapping[str, Row | None],
        *,
        part: Part | None = None,
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._now = now
        self._moved = moved
        self._part = part
        self.own = tuple(own)
        self.ids = tuple(one.id for one in (own if part is None else part.about))

    def losers(self) -> list[str]:
        """The ids of the organisations that lose something which they received."""
        received = receivers.recipients(self._connection, self.ids)
        return [one for one in received if self._loses(one)]

    def lacks(self, organization: str) -> bool:
        """Whether the organisation may not have all that it received, as things stand."""
        who = self._named(organization)
        if who is None:
            return True
        after = [self._compiled(self._after, one) for one in self._requests(who)]
        stands = [self._passing(each, _delivered(who)) for each in after]
        return receivers.lacks(self._connection, who.id, self.ids, stands)

    def _loses(self, organization: str) -> bool:
        who = self._named(organization)
        if who is None:
            return False
        requests = self._requests(who)
        before = [self._compiled(self._before, one) for one in requests]
        after = [self._compiled(self._after, one) for one in requests]
        if self._part is not None and organization in self._part.strangers:
            return self._loses_whole(who, before, ()) or self._loses_parts(who)
        if before == after:
            return False
        return self._loses_whole(who, before, after) or self._loses_parts(who)

    @cached_property
    def _after(self) -> _Said:
        return self._said(consents_of(self._installation, self._connection, self.own))

    @cached_property
    def _before(self) -> _Said:
        if self._part is not None:
            return self._said(self._part.stood)
        stayed = [one for one in self._after.sources if one.reference not in self._moved]
        former = [
            source_of(self._installation, self._connection, row)
            for row in self._moved.values()
            if row is not None
        ]
        return self._said([*stayed, *former])

    def _said(self, sources: Sequence[Source]) -> _Said:
        rules = [each.rules for each in sources]
        resources = self._installation.resources
        directory = directory_for(self._connection, resources, rules, self._now)
        return _Said(tuple(sources), directory)

    def _named(self, organization: str) -> Organization | None:
        return organization_named(self._connection, {"reference": f"Organization/{organization}"})

    def _loses_whole(
        self, who: Organization, before: Iterable[Predicate], after: Iterable[Predicate]
    ) -> bool:
        """What waits for the labeller could not be asked for; that it was received stays true. So
        does that a referral was agreed to, which is delivered without being labelled."""
        waiting = self._installation.resources.sql(Pending())
        agreed = sql_and(_delivered(who), _is_one_of(self._agreed))
        once = sql_or(sql_and(waiting, sql_not(_delivered(who))), agreed)
        stood = [self._passing(each, once) for each in before]
        stands = [self._passing(each, NEVER) for each in after]
        return receivers.loses(self._connection, who.id, self.ids, stood, stands)

    def _passing(self, predicate: Predicate, also: Sql) -> Sql:
        sql = self._installation.resources.sql
        granted = sql(some(predicate.permit, predicate.base))
        kept = sql(negated(predicate.ceiling)), sql(negated(predicate.denial))
        return sql_and(*kept, sql_or(granted, also))

    @cached_property
    def _agreed(self) -> frozenset[str]:
        """The very records that a consent permitted which has ended: those of a referral."""
        stands = {each.reference for each in self._after.sources if each.rules.counts}
        return frozenset(
            each.reference
            for source in self._before.sources
            if source.rules.counts and source.reference not in stands
            for rule in every_rule(source.rules)
            if rule.effect is Effect.PERMIT
            for each in rule.criteria.data
            if each.meaning is Meaning.INSTANCE and each.reference
        )

    def _compiled(self, said: _Said, request: Request) -> Predicate:
        agreements = frozenset({request.recipient})
        policy = replace(self._installation.policy, agreements=agreements)
        return compile_consents(said.sources, request, said.directory, policy, self._now)

    def _requests(self, who: Organization) -> list[Request]:
        """As this service asks, through whomever of its staff a permit named."""
        return [
            Request(
                recipient=f"Organization/{who.id}",
                recipient_aliases=frozenset({f"{ODS}|{who.ods}"}),
                practitioner=self._staff,
                roles=self._staff,
                purpose=purpose,
            )
            for purpose in self._purposes(who)
        ]

    @cached_property
    def _staff(self) -> frozenset[str]:
        """People and roles whom the permits before named, and who is in the teams that they did."""
        named = [
            actor
            for source in self._before.sources
            for rule in every_rule(source.rules)
            if rule.effect is Effect.PERMIT
            for actor in rule.criteria.recipients
        ]
        teams = {name: tuple(each) for name, each in self._before.directory.teams.items()}
        every = (*named, *parties_of(teams))
        return frozenset(_names(each for each in every if each.type in _PEOPLE))

    def _purposes(self, who: Organization) -> list[str]:
        """What the service's clients ask for, but for emergencies."""
        rows = self._connection.execute(
            "SELECT DISTINCT purposes FROM client WHERE organization = ?", (who.id,)
        )
        registered = {purpose for (purposes,) in rows for purpose in purposes.split()}
        return sorted((registered or codes.direct_care()) - codes.emergency())

    def _loses_parts(self, who: Organization) -> bool:
        received = receivers.types_received(self._connection, who.id, self.ids)
        ended = frozenset(one.reference for one in self._after.sources)
        stood = Supposing(self.own[0].person, self._before.sources, ended)
        asker = Recipient(f"Organization/{who.id}", who.ods, who.name)
        return any(
            is_less_seen(self._mixed(each, stood), self._mixed(each, None), self.own, received)
            for each in map(asker.asking, self._purposes(who))
        )

    def _mixed(self, requester: Requester, supposing: Supposing | None) -> Mixed:
        installation = replace(self._installation, supposing=supposing)
        return Gate(installation, self._connection, requester, self._now).mixed


@dataclass(frozen=True, slots=True)
class _Said:
    """What a person's consents say, and what the directory says of whom they name."""

    sources: tuple[Source, ...]
    directory: Directory


_PEOPLE = frozenset({"Practitioner", "PractitionerRole"})


def _delivered(who: Organization) -> Sql:
    text = "EXISTS (SELECT 1 FROM delivery d WHERE d.organization = ? AND d.rid = r.rid)"
    return Sql(text, (who.id,))


def _is_one_of(references: frozenset[str]) -> Sql:
    listed = among(tuple(sorted(references)))
    return Sql(f"r.type || '/' || r.id IN {listed.text}", listed.values) if references else NEVER


def _names(actors: Iterable[Actor]) -> Iterable[str]:
    return (name for actor in actors for name in (actor.reference, actor.identifier) if name)
