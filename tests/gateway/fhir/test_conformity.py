"""What is surely right has no fault; what is right and not surely so is of a few known kinds."""

from __future__ import annotations

import json
import os
import random
from copy import deepcopy
from itertools import islice, permutations
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from gateway.fhir import conformity, rules, structure, validation
from gateway.fhir.strict_json import Limits, parse

HERE = Path(__file__).parent
MUTATIONS = run_path(str(HERE / "mutations.py"))
GENERATED = MUTATIONS["GENERATED"]
KINDS = GENERATED["KINDS"]
NUMBER = 250_000 if os.environ.get("ONESTORY_FULL") == "1" else 5_000
TABLE = run_path(str(HERE / "malformed.py"))


def judged(resource: Any) -> list[Any]:
    return structure.check(resource) + rules.check(resource)


def is_left_to_the_judges(value: Any) -> bool:
    """Whether something in it is of a kind that is never surely right."""
    if isinstance(value, list):
        return any(is_left_to_the_judges(item) for item in value)
    if not isinstance(value, dict):
        return value is None  # in a list of primitives, with an extension beside it
    if any(name.startswith("_") or name == "contained" for name in value):
        return True
    literal = value.get("reference")
    unresolved = isinstance(literal, str) and (literal.startswith("#") or "?" in literal)
    return unresolved or any(is_left_to_the_judges(child) for child in value.values())


@pytest.mark.parametrize("part", range(5))
def test_what_is_surely_right_has_no_fault_and_little_else_is_without(part: int) -> None:
    sure = doubted = 0
    for resource, path, new in MUTATIONS["picked"](NUMBER // 5, part):
        found = judged(resource)
        if conformity.holds(resource):
            assert found == [], (resource["resourceType"], path, new)
            sure += 1
        elif not found:
            assert is_left_to_the_judges(resource), (resource["resourceType"], path, new)
            doubted += 1
    assert sure > 20 * doubted


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_is_surely_right_at_its_least_and_at_its_fullest(kind: str) -> None:
    least, fullest = GENERATED["least"](kind), GENERATED["fullest"](kind)
    assert len(fullest) > len(least)
    for resource in (least, fullest, json.loads(json.dumps(least))):
        assert judged(resource) == []
        assert conformity.holds(resource)


@pytest.mark.parametrize("kind", KINDS)
def test_each_element_of_each_type_can_be_there(kind: str) -> None:
    for name, resource in GENERATED["each_alone"](kind):
        found = judged(resource)
        assert GENERATED["broken_rules_only"](found), (name, found)
        assert conformity.holds(resource) == (not found)


@pytest.mark.parametrize("case", TABLE["CASES"], ids=lambda case: case.id)
def test_no_malformed_body_is_surely_right(case: Any) -> None:
    if case.layer not in ("structure", "rules"):
        return
    assert not conformity.holds(json.loads(case.body))


def bundle(*resources: Any, kind: str = "transaction") -> dict[str, Any]:
    entries = [
        {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{n:012d}", "resource": resource}
        | {"request": {"method": "POST", "url": resource["resourceType"]}}
        for n, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def test_a_bundle_is_surely_right_only_if_all_in_it_is() -> None:
    """Random Bundles of right and wrong resources, themselves changed somewhere."""
    chance = random.Random(7)  # noqa: S311 - a sample
    resources = [each for each, _, _ in MUTATIONS["picked"](NUMBER // 10, 99)]
    sure = 0
    for start in range(0, len(resources), 3):
        kind = chance.choice(("transaction", "transaction", "batch", "collection"))
        whole = bundle(*resources[start : start + 3], kind=kind)
        if chance.random() < 0.5:
            whole = bundle(*filter(conformity.holds, resources[start : start + 3]), kind=kind)
        path, value = chance.choice([p for p in MUTATIONS["places"](whole) if len(p[0]) <= 4])
        if chance.random() < 0.5:
            whole = MUTATIONS["changed"](whole, path, chance.choice((value, [value], {}, "x", 1)))
        found = structure.check(whole) + rules.check(whole, in_transaction=True)
        sure += conformity.holds(whole)
        assert not (found and conformity.holds(whole)), (path, found)
    assert sure > 20


def test_a_transaction_is_surely_right_only_if_its_references_lead_somewhere() -> None:
    task = GENERATED["least"]("Task")
    there = task | {"focus": {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}}
    nowhere = task | {"focus": {"reference": "urn:uuid:00000000-0000-4000-8000-000000000009"}}
    assert conformity.holds(bundle(there))
    assert not conformity.holds(bundle(nowhere))
    assert [str(p.expression) for p in validation.problems(bundle(nowhere))] == [
        "Bundle.entry[0].resource.focus.reference"
    ]


def test_a_fault_in_one_of_many_alike_is_found() -> None:
    fine = GENERATED["fullest"]("QuestionnaireResponse")
    many = deepcopy(fine)
    many["item"] = [deepcopy(fine["item"][0]) for _ in range(20)]
    assert conformity.holds(many)
    for wrong in (7, " ", None, [], {}, "a\x00b"):
        many["item"][13]["text"] = wrong
        assert not conformity.holds(many)
        assert validation.problems(many)


@pytest.mark.parametrize("value", [None, 7, "Patient", [], {}, [{}], {"resourceType": []}])
def test_what_is_no_resource_is_not_surely_right(value: Any) -> None:
    assert not conformity.holds(value)


def test_what_is_accepted_once_is_looked_at_again_in_another_place() -> None:
    """A system that was remembered is still no date."""
    observation = TABLE["observation"]()
    assert conformity.holds(observation)
    assert not conformity.holds(observation | {"effectiveDateTime": "http://loinc.org"})
    assert not conformity.holds(observation | {"status": "75626-2"})


@pytest.mark.parametrize("space", ["", " "])
def test_a_whole_number_of_more_than_64_digits_is_refused_as_a_decimal(space: str) -> None:
    for digits, right in ((64, True), (65, False), (4000, False), (5000, False)):
        value = f'{{"value":{space}{"9" * digits}}}'
        observation = TABLE["observation"](valueQuantity="VALUE")
        body = json.dumps(observation).replace('"VALUE"', value)
        tree = parse(body.encode(), Limits())
        assert (isinstance(tree, dict) and validation.problems(tree) == []) == right


def test_names_in_ever_new_orders_are_left_to_the_judges_after_a_while() -> None:
    """Whoever makes every object another kind of object pays with the slow look, not others."""
    name = {"use": "usual", "text": "A B", "family": "B", "given": ["A"], "id": "n"}
    name |= {"prefix": ["Dr"]}
    orders = islice(permutations(name), 100)
    few = [{key: name[key] for key in order} for order in orders]
    many = [{key: name[key] for key in order} for order in permutations(name)]
    assert conformity.holds({"resourceType": "Patient", "name": few})
    for _ in range(6):
        assert not conformity.holds({"resourceType": "Patient", "name": many})
    assert judged({"resourceType": "Patient", "name": many}) == []
    assert conformity.holds({"resourceType": "Patient", "name": few})
