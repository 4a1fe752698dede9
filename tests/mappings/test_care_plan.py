"""A flat care plan becomes FHIR and comes back as it was."""

import os

from care_plans import WHOLE, care_plans
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings

from gateway.fhir import rules, structure
from mappings import care_plan, reversing
from mappings.bundles import standalone, transaction
from mappings.verdict import Flattened, Mapped

EXAMPLES = 2000 if os.environ.get("ONESTORY_FULL") else 60
THOROUGH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def entries(record):
    found = care_plan.to_fhir(record)
    assert isinstance(found, Mapped), found
    return found.entries


def back(*documents):
    around = reversing.Surroundings()
    held = [one for document in documents for one in reversing.resources(document)]
    for addresses, resource in held:
        around.learn(addresses, resource)
    found = (reversing.care_plan_of(one, addresses, around) for addresses, one in held)
    return [one for one in found if one is not None]


def resources(record, kind):
    return [one.resource for one in entries(record) if one.resource["resourceType"] == kind]


@THOROUGH
@given(care_plans())
def test_a_plan_comes_back_as_it_was(record):
    assert back(transaction(entries(record))) == [Flattened(record)]


@settings(THOROUGH, max_examples=EXAMPLES // 3)
@given(care_plans())
def test_resources_that_stand_alone_come_back_too(record):
    assert back(*standalone(entries(record))) == [Flattened(record)]


@settings(THOROUGH, max_examples=EXAMPLES // 3)
@given(care_plans())
def test_everything_produced_is_valid_r4(record):
    bundle = transaction(entries(record))
    assert structure.check(bundle) == []
    assert rules.check(bundle) == []


def test_the_whole_plan_is_valid_by_the_reference_models():
    for entry in entries(WHOLE):
        get_fhir_model_class(entry.resource["resourceType"]).model_validate(entry.resource)
