"""The parts of a care plan, labelled."""

from __future__ import annotations

from typing import Any

from care_plans import WHOLE

from consent import topics
from consent.labelling import label
from mappings import care_plan
from mappings.verdict import Mapped


def codes_of(resource: dict[str, Any]) -> set[str]:
    return {each["code"] for each in topics.codings(label(resource, {}).topics)}


def test_each_part_of_a_care_plan_is_labelled_by_what_it_is_about() -> None:
    """Its own words leave a part not yet labelled; what it is about is known all the same."""
    mapped = care_plan.to_fhir(WHOLE)
    assert isinstance(mapped, Mapped), mapped
    made = [dict(entry.resource) for entry in mapped.entries]
    plans = [codes_of(one) for one in made if one["resourceType"] == "CarePlan"]
    assert {"MH", "ETHUD", "OPIOIDUD", "drugs", "physical", "smoking", "social"} in plans
    needs = [codes_of(one) for one in made if one["resourceType"] == "Condition"]
    assert needs == [{"MH"}, {"OPIOIDUD", "drugs"}]
    left = {
        name.partition("#")[2]
        for one in made
        for name in (said.rule for said in label(one, {}).said if said.unjudged or said.pending)
    }
    assert left <= {"free-text", "named-unknown", "nothing-to-judge"}
