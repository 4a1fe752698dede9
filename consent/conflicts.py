"""What one consent permits and another denies: said when either is written, so that nobody wonders.

Only what is wholly covered is said, criterion by criterion; a denial that takes a part of a permit
away is how exceptions are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from consent import codes
from consent.dead import covers
from consent.inheriting import inherited
from consent.request import Source
from consent.rules import ConsentRules, Criteria, Effect, Fault, Rule


@dataclass(frozen=True, slots=True)
class _Said:
    """A provision with all that has to hold for it: its own criteria and those around it."""

    path: str
    effect: Effect
    criteria: Criteria


def conflicts(rules: ConsentRules, others: Iterable[Source]) -> tuple[Fault, ...]:
    """A warning for each permit that another active consent denies whole, and an information for
    each denial that takes away all of what another permits. `others` are those that count now."""
    found: list[Fault] = []
    own = list(_said(rules))
    for other in others:
        for mine in own:
            found += _between(mine, other)
    return tuple(dict.fromkeys(found))


def _between(mine: _Said, other: Source) -> Iterator[Fault]:
    for theirs in _said(other.rules):
        if (mine.effect, theirs.effect) == (Effect.PERMIT, Effect.DENY) and _denies(theirs, mine):
            words = f"permits nothing while {other.reference} stands, which denies all of it"
            yield Fault(mine.path, words, "warning")
        if (mine.effect, theirs.effect) == (Effect.DENY, Effect.PERMIT) and _denies(mine, theirs):
            words = f"takes away all of what {other.reference} permits at {theirs.path}"
            yield Fault(mine.path, words, "information")


def _said(rules: ConsentRules) -> Iterator[_Said]:
    for rule in rules.rules:
        yield from _each(rule, rule.criteria, rules)


def _each(rule: Rule, criteria: Criteria, rules: ConsentRules) -> Iterator[_Said]:
    """The permits that may permit, and the denials to which nothing inside is an exception."""
    if rule.effect is Effect.PERMIT and rules.may_permit:
        yield _Said(rule.path, rule.effect, criteria)
    if rule.effect is Effect.DENY and not any(map(_permits, rule.children)):
        yield _Said(rule.path, rule.effect, criteria)
    for child in rule.children:
        yield from _each(child, inherited(criteria, child.criteria), rules)


def _permits(rule: Rule) -> bool:
    return rule.effect is Effect.PERMIT or any(map(_permits, rule.children))


def _denies(denial: _Said, permit: _Said) -> bool:
    """Whether whatever the permit reaches, the denial does; in emergencies where both say so."""
    wide, narrow = denial.criteria, permit.criteria
    purposes = narrow.purposes or codes.direct_care()
    if purposes & codes.emergency() and not wide.purposes & codes.emergency():
        return False
    if wide.purposes:
        denied = frozenset().union(*map(codes.denied_by, wide.purposes))
        permitted = frozenset().union(*map(codes.permitted_by, purposes))
        if not permitted <= denied:
            return False
    both_ways = {"access", "disclose"}
    actions = wide.actions | (both_ways if wide.actions & both_ways else frozenset())
    return covers(replace(wide, purposes=frozenset(), actions=actions), narrow)
