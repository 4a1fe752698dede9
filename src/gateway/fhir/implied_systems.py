"""The system of a code that stands without one: R4 binds the element to a value set.

`status=http://hl7.org/fhir/observation-status|final` asks for what is stored as "final".
"""

from __future__ import annotations

from functools import cache

from fhir_profiles import load
from gateway.fhir.search_parameters import Parameter
from gateway.fhir.search_values import Token


def without_implied(type_: str, parameter: Parameter, asked: Token) -> Token:
    """The token as it is kept: without a system that the element itself implies."""
    if not asked.system or asked.code is None:
        return asked
    known = _implied(type_, parameter.paths)
    return Token(None, asked.code) if (asked.system, asked.code) in known else asked


@cache
def _implied(type_: str, paths: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Every system and code that the elements at these paths may mean, where all are codes."""
    shapes = load("structure/datatypes.json") | load(f"structure/{type_}.json")
    bound = load("structure/codes.json")
    found: set[tuple[str, str]] = set()
    for path in paths:
        owner, element = type_, {"type": type_}
        for step in path.split("."):
            element = shapes.get(owner, {}).get(step.partition("[")[0], {})
            owner = str(element.get("type", ""))
        if owner != "code":
            return frozenset()
        for system, codes in bound.get(element.get("codes", ""), {}).items():
            found.update((system, code) for code in codes)
    return frozenset(found)
