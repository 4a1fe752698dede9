"""A person's consents held against one request: which provision decides about which resources.

`decide` asks these conditions of one resource; their disjunctions are the predicate of a database
query. Both are the same objects: that is why they agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from consent import topics
from consent.asked import Asked, Reading, asked
from consent.directory import NOBODY, Directory, Names
from consent.factoring import any_of
from consent.matching import criteria_match
from consent.policy import Policy
from consent.predicate import (
    FALSE,
    TRUE,
    AnyTopic,
    Condition,
    Constant,
    LevelAtMost,
    NamesRecipient,
    Pending,
    Predicate,
    UnderCeiling,
    every,
    negated,
    some,
)
from consent.provisions import Deciding, place_of
from consent.request import Request, Source
from consent.rules import Effect, Rule
from consent.truth import Test, truth_of

Each = tuple[tuple[Deciding, Test], ...]


@dataclass(frozen=True, slots=True)
class Tests:
    """Whether each strength decides about a resource, and which of its provisions do."""

    ceiling: Test
    denial: Test
    permit: Test
    base: Test
    denials: Each
    permits: Each
    bases: Each


@dataclass(frozen=True)
class Compiled:
    """Everything that decides about this request, by strength. Not slotted: what is worked out for
    many resources is worked out once."""

    request: Request
    policy: Policy
    ceiling: Condition
    denials: tuple[Deciding, ...]
    permits: tuple[Deciding, ...]
    bases: tuple[Deciding, ...]
    refused: tuple[Source, ...]  # counting consents of which nothing permits

    @cached_property
    def tests(self) -> Tests:
        """The same as functions, for one resource after another."""
        found = self.predicate
        return Tests(
            ceiling=truth_of(found.ceiling),
            denial=truth_of(found.denial),
            permit=truth_of(found.permit),
            base=truth_of(found.base),
            denials=tuple((one, truth_of(one.when)) for one in self.denials),
            permits=tuple((one, truth_of(one.when)) for one in self.permits),
            bases=tuple((one, truth_of(one.when)) for one in self.bases),
        )

    @cached_property
    def predicate(self) -> Predicate:
        return Predicate(
            ceiling=self.ceiling,
            denial=any_of(one.when for one in self.denials),
            permit=any_of(one.when for one in self.permits),
            base=any_of(one.when for one in self.bases),
        )


def compile_consents(
    consents: Iterable[Source],
    request: Request,
    directory: Directory,
    policy: Policy,
    now: datetime,
) -> Predicate:
    """The consents as four conditions over the facts of any resource of the person."""
    return compile_all(consents, request, directory, policy, now).predicate


def moments(consents: Iterable[Source]) -> frozenset[datetime]:
    """Every moment at or after which the same consents may come to something else: between two
    neighbouring ones nothing changes by time alone."""
    found: set[datetime | None] = set()
    for source in consents:
        rules = source.rules
        found |= {source.permits_until, *(rules.given or ()), *(rules.period or ())}
        waiting = list(rules.rules)
        while waiting:
            rule = waiting.pop()
            found.update(rule.criteria.period or ())
            waiting.extend(rule.children)
    return frozenset(moment for moment in found if moment is not None)


def compile_all(
    consents: Iterable[Source],
    request: Request,
    directory: Directory,
    policy: Policy,
    now: datetime,
) -> Compiled:
    """The same, kept apart by provision, so that a verdict can name what decided."""
    heard = asked(request, directory, now)
    counting = [source for source in consents if source.counts_at(now)]
    denials: list[Deciding] = []
    permits: list[Deciding] = []
    bases = [Deciding(_emergency(request, policy))]
    for source in counting:
        given = heard.of(source.said)
        if source.rules.unreadable:
            denials.append(Deciding(TRUE, source, Rule("Consent", Effect.DENY)))
        for rule in source.rules.rules:
            place = place_of(rule, source, given)
            if place is None:
                continue
            denials += place.denials()
            permits += place.permits() if source.permits(request, now) else ()
        bases.append(_base(source, given, policy))
    return Compiled(
        request=request,
        policy=policy,
        ceiling=ceiling_for(policy, heard.organization),
        denials=_possible(denials),
        permits=_possible(permits),
        bases=_possible(bases),
        refused=tuple(source for source in counting if not source.rules.may_permit),
    )


def ceiling_for(policy: Policy, organization: Names = NOBODY) -> Condition:
    """What is kept from an organisation of these names, whatever consents say: what is under the
    ceiling, or about what site policy adds to it, unless its author names the very organisation."""
    kept = some(UnderCeiling(), _about(topics.below(policy.ceiling_topics)))
    return every(kept, negated(NamesRecipient(organization))) if organization else kept


def _base(source: Source, heard: Asked, policy: Policy) -> Deciding:
    """The opt-in of a consent, outside its provisions: bounded by site policy."""
    request = heard.request
    bounded = (
        source.rules.opted_in
        and source.permits_at_large
        and not request.is_emergency
        and request.purpose in policy.base_purposes
        and policy.has_agreement(request)
    )
    if not bounded:
        return Deciding(FALSE)
    root = source.rules.rules[0]
    exceptions = (root,) if root.effect is Effect.DENY else root.children
    inside = some(
        *(
            criteria_match(rule.criteria, Reading.BROAD, heard)
            for rule in exceptions
            if rule.effect is Effect.DENY
        )
    )
    outside = every(negated(inside), LevelAtMost(policy.base_level), negated(Pending()))
    return Deciding(outside, source, Rule("Consent.policyRule", Effect.PERMIT))


def _emergency(request: Request, policy: Policy) -> Condition:
    """Site policy's answer to an emergency that no consent speaks of: V and the ceiling stay."""
    answers = (
        policy.emergencies
        and request.is_emergency
        and bool(request.practitioner)
        and policy.has_agreement(request)
    )
    restricted = LevelAtMost(topics.LEVELS.index("R"))
    return every(Constant(answers), restricted, negated(Pending()))


def _about(mask: int) -> Condition:
    return AnyTopic(mask) if mask else FALSE


def _possible(deciding: list[Deciding]) -> tuple[Deciding, ...]:
    return tuple(one for one in deciding if one.when != FALSE)
