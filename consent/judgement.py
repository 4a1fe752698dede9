"""What one rule says of a resource, or of an element of it."""

from __future__ import annotations

from dataclasses import dataclass

from consent.label_rules import Rules
from consent.rule import Rule


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says. `judged` is true where the rule knew what was asked."""

    rule: str
    topics: int = 0
    level: int = 0
    unjudged: bool = False  # it may be about anything
    ceiling: bool = False
    judged: bool = False
    pending: bool = False  # no permit decides about it


def by_rule(rule: Rule) -> Judgement:
    return Judgement(rule.name, rule.topics, rule.level, judged=True, pending=rule.kept)


def unjudged(table: Rules, name: str) -> Judgement:
    """That it is in words, which may be about anything, and why."""
    return Judgement(table.named_rule(name), unjudged=True)


def pending(table: Rules, name: str) -> Judgement:
    """That nobody can judge it, and why."""
    return Judgement(table.named_rule(name), pending=True)
