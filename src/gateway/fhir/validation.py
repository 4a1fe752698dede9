"""All that is wrong with a resource, by R4 and by our rules: the one way in for every door."""

from __future__ import annotations

from typing import Any

from gateway.fhir import conformity, rules, structure
from gateway.fhir.problem import Problem


def problems(tree: dict[str, Any], *, in_transaction: bool = False) -> list[Problem]:
    """Every problem of a parsed body, gravest first; none where it may be taken.

    `in_transaction` allows references that only a transaction resolves.
    """
    if conformity.holds(tree):
        return []
    return structure.check(tree) + rules.check(tree, in_transaction=in_transaction)
