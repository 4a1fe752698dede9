"""Our invariants beside R4's own expressions for them (r4_invariants.json), by fhirpathpy.

Left out there: what R4 writes with value sets or units that are listed nowhere (age-1, dis-1,
drt-1), by comparing Quantities (rng-2), or with resolved references (ctm-1).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from runpy import run_path
from typing import Any

import fhirpathpy
import pytest
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from gateway.fhir import structure
from gateway.fhir.invariants import INVARIANTS
from gateway.fhir.shapes import Place, objects

HERE = Path(__file__).parent
MUTATIONS = run_path(str(HERE / "mutations.py"))
TABLE = run_path(str(HERE / "test_rules.py"))["TABLE"]
R4 = json.loads((HERE / "r4_invariants.json").read_text("utf-8"))
COMPILED = {
    (kind, key): fhirpathpy.compile(expression, models["r4"])
    for kind, listed in R4.items()
    for key, expression in listed.items()
}
NOT_WRITTEN = {"age-1", "ctm-1", "dis-1", "drt-1", "rng-2"}
NUMBER = 40_000 if os.environ.get("ONESTORY_FULL") == "1" else 2_000


def r4_holds(kind: str, key: str, value: dict[str, Any]) -> bool:
    """R4: an expression must be true; what comes to nothing is not."""
    node = ResourceNode.create_node(value, kind)
    return bool(COMPILED[kind, key](node, {"resource": value}) == [True])


def holds(kind: str, key: str, value: dict[str, Any]) -> bool:
    """An invariant may stand in the table in parts."""
    return all(each.holds(value) for each in INVARIANTS[kind] if each.key == key)


def test_every_invariant_is_compared_or_listed() -> None:
    ours = {each.key for held in INVARIANTS.values() for each in held}
    assert ours == {key for listed in R4.values() for key in listed} | NOT_WRITTEN


CASES = [row for row in TABLE if (row[0], row[1]) in COMPILED]


@pytest.mark.parametrize(
    ("kind", "key", "good", "bad"), CASES, ids=[f"{row[0]} {row[1]}" for row in CASES]
)
def test_r4_agrees_on_what_holds_and_what_does_not(
    kind: str, key: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert r4_holds(kind, key, good)
    assert not r4_holds(kind, key, bad)


def test_r4_agrees_on_whatever_is_structurally_sound() -> None:
    for resource, path, _ in MUTATIONS["picked"](NUMBER, 5):
        if structure.check(resource):
            continue
        kind = resource["resourceType"]
        for inner, value, _ in objects(resource, kind, Place(None, kind)):
            for key in R4.get(inner, ()):
                if key == "tim-9" and len(value.get("when", ())) > 1:
                    continue  # R4's expression knows one `when` only
                assert holds(inner, key, value) == r4_holds(inner, key, value), (kind, path, key)
