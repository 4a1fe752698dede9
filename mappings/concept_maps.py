"""Codes of one system in the words of another, from our R4 ConceptMaps, without saying more.

A translation may lose detail but never add it: forward where the target is equal or wider, back
where the target is equal or narrower (R4: the equivalence says what the target is to the source).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import fhir_profiles

Coding = dict[str, str]
SAME = frozenset({"equal", "equivalent"})
FORWARD = SAME | {"wider", "subsumes"}
BACK = SAME | {"narrower", "specializes"}


@cache
def onward(name: str) -> dict[str, tuple[Coding, ...]]:
    """Each source code of that ConceptMap with the codings that say no more than it does."""
    found: dict[str, tuple[Coding, ...]] = {}
    for _, source, target, coding in _targets(name):
        if target["equivalence"] in FORWARD:
            found[source] = (*found.get(source, ()), coding)
    return found


@cache
def backward(name: str) -> dict[tuple[str, str], str]:
    """Each target (system, code) with the source code that says no more than it does.

    Where several would do, the one that says the same wins, then the first.
    """
    found: dict[tuple[str, str], str] = {}
    rows = sorted(_targets(name), key=lambda row: row[2]["equivalence"] not in SAME)
    for _, source, target, coding in rows:
        if target["equivalence"] in BACK:
            found.setdefault((coding["system"], coding["code"]), source)
    return found


def _targets(name: str) -> list[tuple[str, str, dict[str, Any], Coding]]:
    held = fhir_profiles.load(f"concept_maps/{name}.json")
    return [
        (group["source"], element["code"], target, _coding(group["target"], target))
        for group in held["group"]
        for element in group["element"]
        for target in element.get("target", ())
        if "code" in target
    ]


def _coding(system: str, target: dict[str, Any]) -> Coding:
    coding = {"system": system, "code": target["code"]}
    return coding | ({"display": target["display"]} if "display" in target else {})
