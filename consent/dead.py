"""Provisions that change nothing: said when a Consent is written, never refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from consent.rules import Criteria, Effect, Fault, Rule

# Levels are left out: a permit reaches down from the one named, a denial reaches up.
_NOT_COMPARED = ("named", "unreadable", "levels")
_VALUES = tuple(one.name for one in fields(Criteria) if one.name not in _NOT_COMPARED)


def dead_provisions(rule: Rule, *, are_rules_of_their_own: bool = False) -> list[Fault]:
    """A warning for each provision beneath this one, or this one, that cannot change a decision.

    `are_rules_of_their_own`: nested permits are, as a profile has it.
    """
    return list(_dead(rule, are_rules_of_their_own))


def _dead(rule: Rule, of_their_own: bool) -> Iterator[Fault]:
    for child in rule.children:
        if rule.effect is Effect.PERMIT and child.effect is Effect.PERMIT and of_their_own:
            pass
        elif child.effect is rule.effect and rule.effect is not Effect.FRAME:
            words = f"changes nothing: a {rule.effect.value} inside a {rule.effect.value}"
            yield Fault(child.path, words, "warning")
        elif (rule.effect, child.effect) == (Effect.PERMIT, Effect.DENY) and covers(
            child.criteria, rule.criteria
        ):
            words = "never permits: the denial inside it covers all of it"
            yield Fault(rule.path, words, "warning")
        yield from _dead(child, of_their_own)


def covers(inner: Criteria, outer: Criteria) -> bool:
    """Whether whatever meets the outer criteria meets the inner too, criterion by criterion."""
    if inner.levels and not inner.topics:
        return False
    return all(
        _spans(getattr(inner, name), getattr(outer, name), name in ("period", "data_period"))
        for name in _VALUES
    )


def _spans(inner: object, outer: object, is_interval: bool) -> bool:
    if not inner or inner == outer:
        return True
    if is_interval or not outer:
        return False
    if isinstance(inner, int) and isinstance(outer, int):
        return outer & ~inner == 0
    return isinstance(inner, frozenset | tuple) and set(outer) <= set(inner)  # type: ignore[call-overload]
