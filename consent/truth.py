"""A condition as a function of facts: put together once, asked of many resources.

INVARIANT: agrees with `predicate.holds` on every condition.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from consent.facts import Facts
from consent.predicate import (
    All,
    Any,
    AnyTopic,
    Condition,
    Constant,
    DatesTouch,
    DatesWithin,
    FromSource,
    HasCode,
    HasText,
    IsOneOf,
    LevelAtLeast,
    LevelAtMost,
    NamesRecipient,
    Not,
    OfClass,
    Pending,
    RefersTo,
    TopicsWithin,
    UnderCeiling,
    Unjudged,
    Unsourced,
)

Test = Callable[[Facts], bool]


def truth_of(condition: Condition) -> Test:
    """Whether the condition is true of facts."""
    match condition:
        case Constant(value):
            return lambda _: value
        case Not(inner):
            negative = truth_of(inner)
            return lambda facts: not negative(facts)
        case All(parts):
            return _all(tuple(map(truth_of, parts)))
        case Any(parts):
            return _any(tuple(map(truth_of, parts)))
        case AnyTopic(mask):
            return lambda facts: facts.topics & mask != 0
        case TopicsWithin(mask):
            return lambda facts: facts.topics != 0 and facts.topics & ~mask == 0
        case LevelAtMost(level):
            return lambda facts: facts.level <= level
        case LevelAtLeast(level):
            return lambda facts: facts.level >= level
        case Unjudged():
            return lambda facts: facts.unjudged
        case Pending():
            return lambda facts: facts.pending
        case UnderCeiling():
            return lambda facts: facts.ceiling
        case NamesRecipient(recipients):
            return lambda facts: not recipients.isdisjoint(facts.recipients)
        case OfClass(classes):
            return lambda facts: not classes.isdisjoint(facts.classes)
        case HasCode(codes):
            return lambda facts: not codes.isdisjoint(facts.codes)
        case HasText(texts):
            return lambda facts: not texts.isdisjoint(facts.texts)
        case FromSource(sources):
            return lambda facts: not sources.isdisjoint(facts.sources)
        case Unsourced():
            return lambda facts: not facts.sources
        case DatesWithin(start, end):
            return _within(start, end)
        case DatesTouch(start, end):
            return _touching(start, end)
        case IsOneOf(references):
            return lambda facts: facts.reference in references
        case RefersTo(references):
            return lambda facts: not references.isdisjoint(facts.references)
        case _:
            assert_never(condition)


def _all(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) and second(facts)

    def every(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - a generator takes twice as long
            if not test(facts):
                return False
        return True

    return every


def _any(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) or second(facts)

    def some(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - a generator takes twice as long
            if test(facts):
                return True
        return False

    return some


def _within(start: datetime | None, end: datetime | None) -> Test:
    def within(facts: Facts) -> bool:
        dates = facts.dates
        if dates is None or (start is not None and dates[0] < start):
            return False
        return end is None or dates[1] <= end

    return within


def _touching(start: datetime | None, end: datetime | None) -> Test:
    def touching(facts: Facts) -> bool:
        dates = facts.dates
        if dates is None:
            return True
        return (start is None or dates[1] >= start) and (end is None or dates[0] <= end)

    return touching
