"""Parties whom a consent names so that nobody can tell who they are: they never match a permit, and
are everyone for a denial. Shown to the person, and looked at by an officer."""

from __future__ import annotations

from collections.abc import Iterator

from consent.directory import Directory
from consent.rules import ConsentRules, Effect, Fault, Rule

_PERMIT = "names someone whom nobody can tell apart from others, so this permits them nothing"
_DENY = "names someone whom nobody can tell apart from others, so this keeps everyone out"


def unresolved_actors(rules: ConsentRules, directory: Directory) -> tuple[Fault, ...]:
    """A warning at each provision that names such a party."""
    return tuple(fault for rule in rules.rules for fault in _unresolved(rule, directory))


def _unresolved(rule: Rule, directory: Directory) -> Iterator[Fault]:
    actors = (*rule.criteria.recipients, *rule.criteria.sources)
    if not all(directory.resolves(actor) for actor in actors):
        words = _PERMIT if rule.effect is Effect.PERMIT else _DENY
        yield Fault(f"{rule.path}.actor", words, "warning")
    for child in rule.children:
        yield from _unresolved(child, directory)
