"""Nested permits as rules of their own, in a Consent that declares an IHE PCF profile.

There a nested permit inherits the criteria that it does not restate. `securityLabel` is one
element: topic and level are restated together.
"""

from __future__ import annotations

from dataclasses import replace

from consent.rules import Criteria, Effect, Rule

_FIELDS = {
    "period": ("period",),
    "actor": ("recipients", "sources"),
    "action": ("actions",),
    "securityLabel": ("topics", "levels"),
    "purpose": ("purposes",),
    "class": ("classes",),
    "code": ("codes", "texts"),
    "dataPeriod": ("data_period",),
    "data": ("data",),
}


def rules_of_their_own(rule: Rule) -> tuple[Rule, ...]:
    """Every permit nested directly in a permit, to any depth, as a rule beside the root."""
    found: list[Rule] = []
    for child in rule.children:
        own = replace(child, criteria=inherited(rule.criteria, child.criteria))
        if rule.effect is Effect.PERMIT and child.effect is Effect.PERMIT:
            found.append(own)
        found += rules_of_their_own(own)
    return tuple(found)


def inherited(outer: Criteria, inner: Criteria) -> Criteria:
    """The inner criteria, with those of the outer that they do not restate."""
    taken: dict[str, object] = {}
    for element, names in _FIELDS.items():
        if element not in inner.named:
            taken |= {name: getattr(outer, name) for name in names}
    return replace(
        inner,
        named=inner.named | outer.named,
        unreadable=inner.unreadable | (outer.unreadable - inner.named),
        **taken,  # type: ignore[arg-type]
    )
