"""Shorter conditions that are true of the same facts: what many consents share is asked once.

Alternatives that say the same are one; those that begin alike share their beginning; and tests of
one kind are one test: of any of all the topics, or of any of all the codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any as Anything

from consent.predicate import (
    TRUE,
    All,
    Any,
    AnyTopic,
    Condition,
    FromSource,
    HasCode,
    HasText,
    IsOneOf,
    LevelAtLeast,
    LevelAtMost,
    NamesRecipient,
    OfClass,
    RefersTo,
    every,
    some,
)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Any of these holds, asked as shortly as that can be."""
    alternatives = list(dict.fromkeys(_flat(conditions)))
    if TRUE in alternatives:
        return TRUE
    groups: dict[Condition, list[Condition]] = {}
    for one in alternatives:
        first, rest = _parted(one)
        groups.setdefault(first, []).append(rest)
    joined = [
        every(first, rests[0] if len(rests) == 1 else any_of(rests))
        for first, rests in groups.items()
    ]
    return some(*_alike(joined))


def _flat(conditions: Iterable[Condition]) -> Iterable[Condition]:
    for one in conditions:
        if type(one) is Any:
            yield from one.conditions
        else:
            yield one


def _parted(condition: Condition) -> tuple[Condition, Condition]:
    """What is asked first, and what is asked then."""
    if type(condition) is not All or not condition.conditions:
        return condition, TRUE
    return condition.conditions[0], every(*condition.conditions[1:])


def _alike(conditions: Iterable[Condition]) -> list[Condition]:
    """Tests of one kind put together; all others as they are."""
    together: dict[type, Anything] = {}
    others: list[Condition] = []
    for one in conditions:
        kind: type = type(one)
        if kind not in _JOINS:
            others.append(one)
            continue
        before = together.get(kind)
        together[kind] = one if before is None else _JOINS[kind](before, one)
    return [*together.values(), *others]


_JOINS: dict[type, Callable[[Anything, Anything], Condition]] = {
    AnyTopic: lambda one, other: AnyTopic(one.mask | other.mask),
    LevelAtLeast: lambda one, other: LevelAtLeast(min(one.level, other.level)),
    LevelAtMost: lambda one, other: LevelAtMost(max(one.level, other.level)),
    OfClass: lambda one, other: OfClass(one.classes | other.classes),
    HasCode: lambda one, other: HasCode(one.codes | other.codes),
    HasText: lambda one, other: HasText(one.texts | other.texts),
    FromSource: lambda one, other: FromSource(one.sources | other.sources),
    NamesRecipient: lambda one, other: NamesRecipient(one.recipients | other.recipients),
    IsOneOf: lambda one, other: IsOneOf(one.references | other.references),
    RefersTo: lambda one, other: RefersTo(one.references | other.references),
}
