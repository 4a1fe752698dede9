"""Our structure check beside fhir.resources on small changes to valid resources of all types.

Where the two disagree, the reason is on a list, and R4 is on our side.
"""

from __future__ import annotations

import os
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from gateway.fhir import structure

MUTATIONS = run_path(str(Path(__file__).with_name("mutations.py")))
GENERATED, VALID = MUTATIONS["GENERATED"], MUTATIONS["VALID"]
KINDS = GENERATED["KINDS"]
NUMBER = 100_000 if os.environ.get("ONESTORY_FULL") == "1" else 2_000

# What we refuse and the models let through, by a part of what we say.
STRICTER = {
    "null stands for nothing": "R4 JSON: null only holds a place in a list of primitives",
    "must hold something": "R4 JSON: objects and lists are never empty",
    "beside its id": "R4, ele-1: an element has a value or children besides its id",
    "without quotes": "R4 JSON: booleans and numbers are not strings; the models convert",
    "with something in it": "R4: a string is not only white space",
    "URI without spaces": "R4: a uri has no white space and is not empty",
    "base64 text": "R4: base64Binary is base64; the models take any text",
    "without spaces at its ends": "R4: a code has no white space at its ends",
    "as YYYY": "R4: dates are strings; the models read numbers as seconds since 1970",
    "as hh:mm:ss": "R4: times are strings; the models read numbers as seconds",
    "must be one of": "R4: required bindings; the models do not hold codes against them",
    "must be a code of the value set": "R4: required bindings",
    "must have a coding that is": "R4: required bindings on concepts",
    "must refer to one of": "R4: reference targets; the models do not check them",
    "must be Type/id": "R4: the form of a literal reference",
    "the type that the reference names": "R4: Reference.type says what reference names",
    "an id without spaces": "R4: an element's id has no white space; the models take any text",
    "ext-1": "R4: an extension has a value or extensions",
    "is not a type that is held": "our contract names the types that are held",
    "lists of one length": "R4 JSON: nulls fill out both lists of a primitive and its extensions",
    "list of objects and nulls": "R4 JSON: extensions of a list of primitives are such a list",
    "is required": "here an extension does not stand in for a required value",
    "XHTML inside one div": "R4: narrative is a div",
}


def test_the_valid_resources_are_valid_to_both() -> None:
    assert {each["resourceType"] for each in VALID} == structure.TYPES
    for each in VALID:
        assert structure.check(each) == []
        assert accepted(each)


def accepted(resource: dict[str, Any]) -> bool:
    """Whether fhir.resources takes it."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except (ValueError, TypeError, AttributeError, LookupError):
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_from_the_tables_is_valid_to_both(kind: str) -> None:
    assert accepted(GENERATED["least"](kind))
    assert accepted(GENERATED["fullest"](kind))
    assert all(accepted(each) for each in MUTATIONS["seeds"](kind))


@pytest.mark.parametrize("part", range(4))
def test_we_refuse_all_that_the_models_refuse_and_more_for_listed_reasons(part: int) -> None:
    surprises = []
    for resource, path, new in MUTATIONS["picked"](NUMBER // 4, part):
        found = structure.check(resource)
        if accepted(resource) == (not found):
            continue
        known = all(any(part in p.diagnostics for part in STRICTER) for p in found)
        if not (found and known):
            surprises.append((resource["resourceType"], path, new, found))
    assert surprises == []
