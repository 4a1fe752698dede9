"""What is said of shared care plans in a Bundle that somebody asks about."""

from __future__ import annotations

import copy

import fhir_profiles
from gateway.fhir.plan_words import said
from gateway.fhir.verdict import of_tree

WHOLE = fhir_profiles.load("examples/valid/care-plan-whole.json")
TOLD = fhir_profiles.load("care_plan/invalid_examples.json")["examples"]["care-plan-no-goal.json"]


def test_a_good_plan_hears_no_error() -> None:
    assert [one for one in of_tree(copy.deepcopy(WHOLE)) if one.severity == "error"] == []


def test_a_plan_that_lacks_something_is_told_where_and_in_which_words() -> None:
    found = of_tree(fhir_profiles.load("examples/invalid/care-plan-no-goal.json"))
    errors = [(one.expression, one.diagnostics) for one in found if one.severity == "error"]
    assert errors == [(TOLD["expression"], TOLD["words"])]


def test_nothing_is_said_of_plans_that_do_not_name_the_profile_nor_of_one_alone() -> None:
    plain = copy.deepcopy(fhir_profiles.load("examples/invalid/care-plan-no-goal.json"))
    for entry in plain["entry"]:
        entry["resource"].pop("meta", None)
    assert said(plain) == []
    assert said(WHOLE["entry"][1]["resource"]) == []
