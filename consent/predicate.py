"""Conditions over the facts of a resource: what a consent, held against one request, comes down to.

A condition can be asked of facts in memory (`holds`) and compiled to a database expression
(`gateway.storage.predicate_sql`): the two must agree on every atom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from consent.facts import Facts


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool


@dataclass(frozen=True, slots=True)
class AnyTopic:
    """At least one topic of the resource is in the mask."""

    mask: int


@dataclass(frozen=True, slots=True)
class TopicsWithin:
    """The resource has a topic, and none outside the mask."""

    mask: int


@dataclass(frozen=True, slots=True)
class LevelAtMost:
    level: int


@dataclass(frozen=True, slots=True)
class LevelAtLeast:
    level: int


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Some of the resource is in words: it may be about any topic."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The labeller has not judged the resource with the current rules."""


@dataclass(frozen=True, slots=True)
class UnderCeiling:
    """Third-party, serious-harm or therapy-note content that no consent releases."""


@dataclass(frozen=True, slots=True)
class NamesRecipient:
    """Its author names one of these as a recipient."""

    recipients: frozenset[str]


@dataclass(frozen=True, slots=True)
class OfClass:
    """Type, profile or document type ("system|code") is among these."""

    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasCode:
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasText:
    """A listed element says this in words alone (case-folded, single spaces)."""

    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class FromSource:
    """Written or held by one of these."""

    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unsourced:
    """Names no author or holder."""


@dataclass(frozen=True, slots=True)
class DatesWithin:
    """Dated, and wholly inside the interval (None is open)."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class DatesTouch:
    """Undated, or any part inside the interval (None is open)."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """Is itself one of these resources ("Type/id")."""

    references: frozenset[str]


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Holds a literal reference to one of these ("Type/id")."""

    references: frozenset[str]


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    conditions: tuple[Condition, ...]


Condition: TypeAlias = (
    Constant
    | AnyTopic
    | TopicsWithin
    | LevelAtMost
    | LevelAtLeast
    | Unjudged
    | Pending
    | UnderCeiling
    | NamesRecipient
    | OfClass
    | HasCode
    | HasText
    | FromSource
    | Unsourced
    | DatesWithin
    | DatesTouch
    | IsOneOf
    | RefersTo
    | Not
    | All
    | Any
)

TRUE = Constant(True)
FALSE = Constant(False)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A person's consents held against one request: four conditions over a resource's facts.

    What the author wrote and what was delivered to its owner is the gateway's to add:
    released = author is the requester
               or not ceiling and not denial and (permit or delivered or base).
    """

    ceiling: Condition
    denial: Condition
    permit: Condition
    base: Condition


def every(*conditions: Condition) -> Condition:
    """All of these hold; simplified, so that constants disappear."""
    flat: list[Condition] = []
    for condition in conditions:
        kind = type(condition)
        if kind is Constant:
            if condition == FALSE:
                return FALSE
        elif kind is All:
            flat.extend(condition.conditions)  # type: ignore[union-attr] # as its type says
        else:
            flat.append(condition)
    if not flat:
        return TRUE
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def some(*conditions: Condition) -> Condition:
    """Any of these holds; simplified, so that constants disappear."""
    flat: list[Condition] = []
    for condition in conditions:
        kind = type(condition)
        if kind is Constant:
            if condition == TRUE:
                return TRUE
        elif kind is Any:
            flat.extend(condition.conditions)  # type: ignore[union-attr] # as its type says
        else:
            flat.append(condition)
    if not flat:
        return FALSE
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def negated(condition: Condition) -> Condition:
    match condition:
        case Constant(value):
            return FALSE if value else TRUE
        case Not(inner):
            return inner
        case _:
            return Not(condition)


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the condition is true of these facts."""
    match condition:
        case Constant(value):
            return value
        case AnyTopic(mask):
            return facts.topics & mask != 0
        case TopicsWithin(mask):
            return facts.topics != 0 and facts.topics & ~mask == 0
        case LevelAtMost(level):
            return facts.level <= level
        case LevelAtLeast(level):
            return facts.level >= level
        case Unjudged():
            return facts.unjudged
        case Pending():
            return facts.pending
        case UnderCeiling():
            return facts.ceiling
        case NamesRecipient(recipients):
            return not facts.recipients.isdisjoint(recipients)
        case OfClass(classes):
            return not facts.classes.isdisjoint(classes)
        case HasCode(codes):
            return not facts.codes.isdisjoint(codes)
        case HasText(texts):
            return not facts.texts.isdisjoint(texts)
        case FromSource(sources):
            return not facts.sources.isdisjoint(sources)
        case Unsourced():
            return not facts.sources
        case DatesWithin(start, end):
            return facts.dates is not None and (
                (start is None or facts.dates[0] >= start)
                and (end is None or facts.dates[1] <= end)
            )
        case DatesTouch(start, end):
            return facts.dates is None or (
                (start is None or facts.dates[1] >= start)
                and (end is None or facts.dates[0] <= end)
            )
        case IsOneOf(references):
            return facts.reference in references
        case RefersTo(references):
            return not facts.references.isdisjoint(references)
        case Not(inner):
            return not holds(inner, facts)
        case All(inner_all):
            return all(holds(part, facts) for part in inner_all)
        case Any(inner_any):
            return any(holds(part, facts) for part in inner_any)
        case _:
            assert_never(condition)
