"""Nested provisions that name what a resource is: each is asked inside all that is around it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

Provision = dict[str, Any]
CODES = ["urn:x|outer", "urn:x|middle", "urn:x|inner"]
SUBSETS = [
    {c for c, held in zip(CODES, one, strict=True) if held} for one in product((0, 1), repeat=3)
]
TYPES = list(product(("permit", "deny"), repeat=3))
STRENGTHS = {None: "none", "permit": "permit", "deny": "denial"}


def said(provision: Provision, held: set[str]) -> str | None:
    """The page that people are given, in four lines: the innermost match decides, and between
    matching siblings deny wins."""
    if provision["code"][0] not in held:
        return None
    inside = {said(each, held) for each in provision["inside"]} - {None}
    return ("deny" if "deny" in inside else "permit") if inside else provision["type"]


def provision(type_: str, code: str, *inside: Provision) -> Provision:
    return {"type": type_, "code": [code], "inside": list(inside)}


@pytest.mark.parametrize("types", TYPES, ids="-".join)
def test_one_within_another_within_another(say, types) -> None:
    outer, middle, inner = map(provision, types, CODES)
    root = outer | {"inside": [middle | {"inside": [inner]}]}
    for held in SUBSETS:
        verdict = say.verdict([say.consent(root)], facts={"codes": held})
        assert verdict.strength == STRENGTHS[said(root, held)], held


@pytest.mark.parametrize("types", TYPES, ids="-".join)
def test_two_beside_each_other_within_one(say, types) -> None:
    outer, one, other = map(provision, types, CODES)
    root = outer | {"inside": [one, other]}
    for held in SUBSETS:
        verdict = say.verdict([say.consent(root)], facts={"codes": held})
        assert verdict.strength == STRENGTHS[said(root, held)], held


@pytest.mark.parametrize("types", TYPES, ids="-".join)
def test_whom_the_outer_names_bounds_what_is_inside(say, types) -> None:
    """The outer is about the requester, the inner about the resource, and the other way round."""
    outer, middle, inner = map(provision, types, CODES)
    root = outer | {"recipient": ["Organization/a"], "inside": [middle | {"inside": [inner]}]}
    for held in SUBSETS:
        for asks, expected in (("a", STRENGTHS[said(root, held)]), ("b", "none")):
            asked = {"recipient": f"Organization/{asks}"}
            verdict = say.verdict([say.consent(root)], asked, {"codes": held})
            assert verdict.strength == expected, (asks, held)


@pytest.mark.parametrize("kind", ["permit", "deny"])
def test_an_untyped_frame_bounds_what_is_inside(say, kind) -> None:
    """Under an opt-in the root is only a frame where a permit is beneath it."""
    beneath = [provision(kind, CODES[1]), provision("permit", CODES[2])]
    root = {"code": [CODES[0]], "inside": beneath}
    for held in SUBSETS:
        inside = [each for each in beneath if each["code"][0] in held and CODES[0] in held]
        types = {each["type"] for each in inside}
        expected = "denial" if "deny" in types else "permit" if types else "none"
        verdict = say.verdict([say.consent(root, "OPTIN")], facts={"codes": held})
        assert verdict.strength == expected, held
