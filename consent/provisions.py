"""Which provision of a consent decides, for one request: the innermost that matches.

For each provision there is one condition over a resource's facts: *it is the one that decides*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from consent import codes
from consent.asked import Asked, Reading
from consent.matching import criteria_match
from consent.predicate import FALSE, TRUE, Condition, Pending, every, negated, some
from consent.request import Request, Source
from consent.rules import Criteria, Effect, Rule


@dataclass(frozen=True, slots=True)
class Deciding:
    """A provision of a consent, and when it decides. No source: site policy itself answers."""

    when: Condition
    source: Source | None = None
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A provision in its place: what it says by itself, and what has to match around it.

    `narrow`, `broad` and `sure` are the readings of its own criteria, FALSE where it says nothing
    about what is asked for. `for_permits` and `for_denials` are the criteria of the provisions
    around it, as they are read for a permit and for a denial beneath them.
    """

    rule: Rule
    source: Source
    around: Effect | None
    for_permits: Condition
    for_denials: Condition
    narrow: Condition
    broad: Condition
    sure: Condition
    children: tuple[Place, ...]

    def denials(self) -> Iterator[Deciding]:
        """Where this provision, or one beneath it, decides and denies."""
        if self.rule.effect is Effect.DENY:
            exceptions = some(*(child._lifts_denial() for child in self.children))
            when = every(self.for_denials, self.broad, negated(exceptions))
            yield Deciding(when, self.source, self.rule)
        for child in self.children:
            yield from child.denials()

    def permits(self) -> Iterator[Deciding]:
        """Where this provision, or one beneath it, decides and permits.

        A permit inside a permit changes nothing. What is not yet labelled no permit releases.
        """
        if self.rule.effect is Effect.PERMIT and self.around is not Effect.PERMIT:
            denied = (child for child in self.children if child.rule.effect is Effect.DENY)
            exceptions = some(*(child.broad for child in denied))
            own = every(self.for_permits, self.narrow, negated(exceptions))
            yield Deciding(every(own, negated(Pending())), self.source, self.rule)
        for child in self.children:
            yield from child.permits()

    def _lifts_denial(self) -> Condition:
        """Where the denial around it no longer decides, because this does or something in it."""
        if self.rule.effect is Effect.DENY:
            return self.sure
        is_exception = self.rule.effect is Effect.PERMIT and self.source.rules.may_permit
        return self.narrow if is_exception else FALSE


def place_of(
    rule: Rule,
    source: Source,
    asked: Asked,
    around: Effect | None = None,
    for_permits: Condition = TRUE,
    for_denials: Condition = TRUE,
    inherited: frozenset[str] = frozenset(),
) -> Place | None:
    """The provision with everything beneath it; None where nothing of it says anything here.

    `inherited` are emergency purposes named above.
    """
    narrow, broad, sure = _readings(rule, source, asked)
    if narrow == broad == FALSE:
        return None
    # No permit rests on a match that is only feared, so a denial around it is read SURE.
    inside_permits = every(for_permits, sure if rule.effect is Effect.DENY else narrow)
    inside_denials = every(for_denials, _around_denial(rule, source, narrow, broad))
    children: tuple[Place, ...] = ()
    if rule.children and (inside_permits != FALSE or inside_denials != FALSE):
        named = inherited | (rule.criteria.purposes & codes.emergency())
        within = (
            place_of(child, source, asked, rule.effect, inside_permits, inside_denials, named)
            for child in rule.children
        )
        children = tuple(child for child in within if child is not None)
    speaks = TRUE if _speaks(rule, asked.request, inherited) else FALSE
    return Place(
        rule,
        source,
        around,
        for_permits,
        for_denials,
        every(speaks, narrow),
        every(speaks, broad),
        every(speaks, sure),
        children,
    )


def _readings(rule: Rule, source: Source, asked: Asked) -> tuple[Condition, Condition, Condition]:
    """The criteria read narrowly, broadly and surely; FALSE for a reading that nothing of this
    effect asks for."""
    criteria = rule.criteria
    match rule.effect:
        case Effect.PERMIT if source.rules.may_permit:
            return criteria_match(criteria, Reading.NARROW, asked), FALSE, FALSE
        case Effect.DENY:
            broad = criteria_match(criteria, Reading.BROAD, asked)
            sure = FALSE if broad == FALSE else criteria_match(criteria, Reading.SURE, asked)
            return FALSE, broad, sure
        case _:
            narrow = criteria_match(criteria, Reading.NARROW, asked)
            return narrow, criteria_match(criteria, Reading.BROAD, asked), FALSE


def _around_denial(rule: Rule, source: Source, narrow: Condition, broad: Condition) -> Condition:
    """A denial stands wherever the provisions around it may have meant."""
    if rule.effect is Effect.DENY:
        return broad
    is_understood = rule.effect is Effect.PERMIT and source.rules.may_permit
    return narrow if is_understood else some(narrow, broad)


def _speaks(rule: Rule, request: Request, inherited: frozenset[str]) -> bool:
    """Whether it says anything about this purpose, and about emergencies where it is one."""
    criteria = rule.criteria
    named = criteria.purposes | inherited
    if rule.effect is not Effect.PERMIT:
        return (
            not request.is_emergency
            or bool(named & codes.emergency())
            or "purpose" in criteria.unreadable
            or _names_a_person(criteria)
        )
    if criteria.purposes:
        return not request.is_emergency or bool(criteria.purposes & codes.emergency())
    covered = codes.direct_care() | inherited
    return request.purpose in covered and (not request.is_emergency or bool(inherited))


def _names_a_person(criteria: Criteria) -> bool:
    return any(actor.type in codes.types("persons") for actor in criteria.recipients)
