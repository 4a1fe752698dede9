"""Which elements everyone sees who sees the resource: those that no hidden reference takes along.

A reference that is hidden goes, and where it is required all that stands beside it goes too
(`references.without`). What stands nowhere within such a thing stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from consent.parts import elements_of
from fhir_profiles import load
from gateway.fhir.search_parameters import parameters

_META = ("_profile", "_security", "_tag", "_source")  # others are shown less of these


@cache
def outlasts(type_: str, name: str) -> bool:
    """Whether what a parameter reads stays, whatever is hidden beside it."""
    return name not in _META and all(_stays(type_, path) for path in parameters(type_)[name].paths)


def _stays(type_: str, path: str) -> bool:
    if "[0]" in path:
        return False  # what is first depends on what is left
    if path.partition(".")[0] in elements_of(type_):
        return False  # a part, which not everyone sees
    shapes = load("structure/datatypes.json") | load(f"structure/{type_}.json")
    owner = type_
    for step in path.split(".")[:-1]:
        owner = shapes[owner][step.partition("[")[0]]["type"]
        if _can_go(shapes, owner, frozenset()):
            return False
    return True


def _can_go(shapes: Mapping[str, Any], owner: str, within: frozenset[str]) -> bool:
    """Whether a hidden reference can take a whole element of this type along."""
    if owner in within:
        return False
    if owner in ("Reference", "Resource"):
        return True
    required = (each["type"] for each in shapes.get(owner, {}).values() if each.get("min"))
    return any(_can_go(shapes, kind, within | {owner}) for kind in required)
