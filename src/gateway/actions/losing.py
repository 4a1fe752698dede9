"""Who loses what they had received, when what a person says changes.

Held against each service that received something: what it could have asked for before, and can ask
for no more. What reaches a service by delivery alone was never the consent's to give, and stays out
of it; so does whether the service still has a sharing agreement: it has what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consent import codes
from consent.compiling import compile_consents
from consent.parts import has_parts
from consent.predicate import Pending, Predicate, negated, some
from consent.request import Request, Source
from consent.rules import Actor, Effect
from gateway.actions.directory import (
    Organization,
    directory_for,
    every_rule,
    organization_named,
)
from gateway.actions.gate import Gate
from gateway.actions.installation import Installation
from gateway.actions.previewing_people import Recipient
from gateway.actions.supposing import Supposing
from gateway.actions.teams import parties_of, teams_of
from gateway.actions.weighing import consents_of, source_of
from gateway.auth.requester import Requester
from gateway.storage import receivers
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import Sql, sql_and
from gateway.storage.resources import Row

MOST_IN_PARTS = 50  # resources of one type, of which each is looked at part by part


@dataclass(frozen=True, slots=True)
class Change:
    """What the consents of one person came to, and what they come to now."""

    own: tuple[Identity, ...]
    before: tuple[Source, ...]
    after: tuple[Source, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(one.id for one in self.own)


def change_of(
    installation: Installation,
    connection: Connection,
    own: Sequence[Identity],
    moved: Mapping[str, Row | None],
) -> Change:
    """`moved`: the version before of each Consent that was written, None where it is new."""
    after = consents_of(installation, connection, own)
    stayed = [one for one in after if one.reference not in moved]
    former = [source_of(installation, connection, row) for row in moved.values() if row is not None]
    return Change(tuple(own), (*stayed, *former), tuple(after))


def losers(
    installation: Installation, connection: Connection, now: datetime, change: Change
) -> list[str]:
    """The ids of the organisations that lose something which they received."""
    looking = _Looking(installation, connection, now, change)
    received = receivers.recipients(connection, change.ids)
    return [one for one in received if looking.loses(one)]


def lacks(
    installation: Installation,
    connection: Connection,
    now: datetime,
    change: Change,
    organization: str,
) -> bool:
    """Whether the organisation may not have all that it received, as things stand."""
    return _Looking(installation, connection, now, change).lacks(organization)


@dataclass(frozen=True, slots=True)
class _Looking:
    installation: Installation
    connection: Connection
    now: datetime
    change: Change

    def loses(self, organization: str) -> bool:
        who = organization_named(self.connection, {"reference": f"Organization/{organization}"})
        if who is None:
            return False
        requests = [self._request(who, purpose) for purpose in self._purposes(who)]
        before = [self._compiled(self.change.before, one) for one in requests]
        after = [self._compiled(self.change.after, one) for one in requests]
        if before == after:
            return False
        return self._loses_whole(who, before, after) or self._loses_parts(who)

    def lacks(self, organization: str) -> bool:
        who = organization_named(self.connection, {"reference": f"Organization/{organization}"})
        if who is None:
            return True
        requests = [self._request(who, purpose) for purpose in self._purposes(who)]
        after = [self._compiled(self.change.after, one) for one in requests]
        stands = [self._passing(each, waiting=False) for each in after]
        return receivers.lacks(self.connection, who.id, self.change.ids, stands)

    def _loses_whole(
        self, who: Organization, before: Iterable[Predicate], after: Iterable[Predicate]
    ) -> bool:
        """What waits for the labeller could not be asked for; that it was received stays true."""
        stood = [self._passing(each, waiting=True) for each in before]
        stands = [self._passing(each, waiting=False) for each in after]
        return receivers.loses(self.connection, who.id, self.change.ids, stood, stands)

    def _passing(self, predicate: Predicate, *, waiting: bool) -> Sql:
        sql = self.installation.resources.sql
        granted = some(predicate.permit, predicate.base, *([Pending()] if waiting else []))
        return sql_and(
            sql(negated(predicate.ceiling)), sql(negated(predicate.denial)), sql(granted)
        )

    def _compiled(self, sources: Sequence[Source], request: Request) -> Predicate:
        installation = self.installation
        rules = [each.rules for each in sources]
        directory = directory_for(self.connection, installation.resources, rules, self.now)
        policy = replace(installation.policy, agreements=frozenset({request.recipient}))
        return compile_consents(sources, request, directory, policy, self.now)

    def _request(self, who: Organization, purpose: str) -> Request:
        """As this service asks, through whomever of its staff a permit named."""
        named = frozenset(_names(self._permitted()))
        return Request(
            recipient=f"Organization/{who.id}",
            recipient_aliases=frozenset({f"{ODS}|{who.ods}"}),
            practitioner=named,
            roles=named,
            purpose=purpose,
        )

    def _permitted(self) -> list[Actor]:
        """People, roles and teams whom the permits before named, and who is in the teams."""
        rules = [rule for one in self.change.before for rule in every_rule(one.rules)]
        named = [
            actor
            for rule in rules
            if rule.effect is Effect.PERMIT
            for actor in rule.criteria.recipients
        ]
        resources = self.installation.resources
        teams = teams_of(self.connection, resources, named, self.now)
        return [each for each in (*named, *parties_of(teams)) if each.type in _PEOPLE]

    def _purposes(self, who: Organization) -> list[str]:
        """What the service's clients ask for, but for emergencies."""
        rows = self.connection.execute(
            "SELECT DISTINCT purposes FROM client WHERE organization = ?", (who.id,)
        )
        registered = {purpose for (purposes,) in rows for purpose in purposes.split()}
        return sorted((registered or codes.direct_care()) - codes.emergency())

    def _loses_parts(self, who: Organization) -> bool:
        """Whether a part of something that is released in parts was seen, and is no more; in doubt
        where there is too much to look at each."""
        received = receivers.types_received(self.connection, who.id, self.change.ids)
        person = self.change.own[0].person
        stood = Supposing(
            person, self.change.before, frozenset(one.reference for one in self.change.after)
        )
        for purpose in self._purposes(who):
            requester = Recipient(f"Organization/{who.id}", who.ods, who.name).asking(purpose)
            now = self._gate(requester, None).mixed
            before = self._gate(requester, stood).mixed
            for type_, ids in received.items():
                if not has_parts(type_):
                    continue
                if len(ids) > MOST_IN_PARTS:
                    return True
                rows = now.candidates(type_, self.change.own, ids, deleted=True)
                if any(_is_less(before.hidden(row), now.hidden(row)) for row in rows):
                    return True
        return False

    def _gate(self, requester: Requester, supposing: Supposing | None) -> Gate:
        installation = replace(self.installation, supposing=supposing)
        return Gate(installation, self.connection, requester, self.now)


_PEOPLE = frozenset({"Practitioner", "PractitionerRole"})


def _names(actors: Iterable[Actor]) -> Iterable[str]:
    return (name for actor in actors for name in (actor.reference, actor.identifier) if name)


def _is_less(before: frozenset[object] | None, after: frozenset[object] | None) -> bool:
    """Whether less is seen with the parts hidden after than with those hidden before."""
    if before is None:
        return False
    return after is None or not after <= before
