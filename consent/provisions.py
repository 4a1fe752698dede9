"""Which provision of a consent decides, for one request: the innermost that matches.

For each provision there is one condition over a resource's facts: *it is the one that decides*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from consent import codes
from consent.matching import Asked, Reading, criteria_match
from consent.predicate import FALSE, TRUE, Condition, Constant, Pending, every, negated, some
from consent.request import Source
from consent.rules import Criteria, Effect, Rule


@dataclass(frozen=True, slots=True)
class Deciding:
    """A provision of a consent, and when it decides. No source: site policy itself answers."""

    when: Condition
    source: Source | None = None
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A provision in its place: with what has to match around it.

    `for_permits` and `for_denials` are the criteria of the provisions around it, as they are read
    for a permit and for a denial beneath them; `inherited` the emergency purposes that they name.
    """

    rule: Rule
    source: Source
    asked: Asked
    around: Effect | None = None
    for_permits: Condition = TRUE
    for_denials: Condition = TRUE
    inherited: frozenset[str] = frozenset()

    def denials(self) -> Iterator[Deciding]:
        """Where this provision, or one beneath it, decides and denies."""
        if self.rule.effect is Effect.DENY:
            exceptions = some(*(child.lifts_denial() for child in self.children()))
            when = every(self.for_denials, self.speaks(Reading.BROAD), negated(exceptions))
            yield Deciding(when, self.source, self.rule)
        for child in self.children():
            yield from child.denials()

    def permits(self) -> Iterator[Deciding]:
        """Where this provision, or one beneath it, decides and permits.

        A permit inside a permit changes nothing. What is not yet labelled no permit releases.
        """
        if not self.source.permits(self.asked.request, self.asked.now):
            return
        if self.rule.effect is Effect.PERMIT and self.around is not Effect.PERMIT:
            exceptions = some(
                *(
                    child.speaks(Reading.BROAD)
                    for child in self.children()
                    if child.rule.effect is Effect.DENY
                )
            )
            own = every(self.for_permits, self.speaks(Reading.NARROW), negated(exceptions))
            yield Deciding(every(own, negated(Pending())), self.source, self.rule)
        for child in self.children():
            yield from child.permits()

    def lifts_denial(self) -> Condition:
        """Where the denial around it no longer decides, because this does or something in it."""
        if self.rule.effect is Effect.DENY:
            return self.speaks(Reading.SURE)
        is_exception = self.rule.effect is Effect.PERMIT and self.source.rules.may_permit
        return self.speaks(Reading.NARROW) if is_exception else FALSE

    def speaks(self, reading: Reading) -> Condition:
        """Its own criteria match, and it speaks to what is asked for."""
        return every(Constant(self._covers()), self._match(reading))

    def children(self) -> Iterator[Place]:
        inherited = self.inherited | (self.rule.criteria.purposes & codes.emergency())
        for child in self.rule.children:
            yield replace(
                self,
                rule=child,
                around=self.rule.effect,
                for_permits=every(self.for_permits, self._around_permit()),
                for_denials=every(self.for_denials, self._around_denial()),
                inherited=inherited,
            )

    def _around_permit(self) -> Condition:
        """No permit rests on a match that is only feared, so a denial around it is read SURE."""
        is_denial = self.rule.effect is Effect.DENY
        return self._match(Reading.SURE if is_denial else Reading.NARROW)

    def _around_denial(self) -> Condition:
        """A denial stands wherever the provisions around it may have meant."""
        narrow = self._match(Reading.NARROW)
        match self.rule.effect:
            case Effect.PERMIT if self.source.rules.may_permit:
                return narrow
            case Effect.DENY:
                return self._match(Reading.BROAD)
            case _:
                return some(narrow, self._match(Reading.BROAD))

    def _match(self, reading: Reading) -> Condition:
        return criteria_match(self.rule.criteria, reading, self.asked)

    def _covers(self) -> bool:
        """Whether it says anything about this purpose, and about emergencies where it is one."""
        request, criteria = self.asked.request, self.rule.criteria
        named = criteria.purposes | self.inherited
        if self.rule.effect is Effect.PERMIT:
            if criteria.purposes:
                return not request.is_emergency or bool(criteria.purposes & codes.emergency())
            covered = codes.direct_care() | self.inherited
            return request.purpose in covered and (not request.is_emergency or bool(self.inherited))
        return (
            not request.is_emergency
            or bool(named & codes.emergency())
            or "purpose" in criteria.unreadable
            or _names_a_person(criteria)
        )


def _names_a_person(criteria: Criteria) -> bool:
    return any(actor.type in codes.types("persons") for actor in criteria.recipients)
