"""What a FHIRPath engine makes of our Questionnaires' expressions is what we compute."""

import os
from dataclasses import replace

import pytest
from fhirpathpy import compile as compiled
from fhirpathpy.models import models
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.conditions import AnyOf, Within
from mappings.expressions import total
from mappings.instrument import Kind, Rule, Skip
from mappings.instruments import all_instruments, instrument
from mappings.questionnaire import questionnaire
from mappings.scoring import contradictions, score
from mappings.screening_resources import answered

SCORED = [held for held in all_instruments() if held.totals]
WITHOUT_TOTAL = {"top", "itq", "c-ssrs-screener"}
EXAMPLES = 1000 if os.environ.get("ONESTORY_FULL") else 12


def expressions(held):
    """The compiled calculatedExpression of each total."""
    return {
        item["linkId"]: compiled(
            item["extension"][0]["valueExpression"]["expression"], models["r4"]
        )
        for item in questionnaire(held)["item"]
        if item["linkId"] in held.totals
    }


def given_answers(held):
    """Complete answers most of the time, some with gaps, none that contradict themselves."""
    one = {
        item.link_id: st.sampled_from(sorted(item.words))
        for item in held.items
        if item.kind is not Kind.TEXT
    }
    gaps = st.sets(st.sampled_from(sorted(one)), max_size=4)
    low = st.fixed_dictionaries({name: st.just(min(held.by_link_id[name].words)) for name in one})
    whole = st.fixed_dictionaries(one) | low
    return st.tuples(whole, gaps | st.just(set())).map(
        lambda pair: {name: value for name, value in pair[0].items() if name not in pair[1]}
    )


@pytest.mark.parametrize("held", SCORED, ids=lambda held: held.id)
def test_an_expression_makes_the_computed_total(held):
    made = expressions(held)

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(given_answers(held))
    def agrees(answers):
        for later, _ in list(contradictions(held, answers)):
            answers.pop(later)
        computed = {one.total: one.value for one in score(held, answers) if one.total}
        response = {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "item": answered(held, answers),
        }
        for column, expression in made.items():
            found = expression(response, {"resource": response})
            wanted = [computed[column]] if column in computed else []
            assert [float(value) for value in found] == wanted, column

    agrees()


def test_instruments_without_a_numeric_total_have_no_expression():
    assert {held.id for held in all_instruments()} - {held.id for held in SCORED} == WITHOUT_TOTAL
    rules = {score.rule for held in all_instruments() for score in held.scores if not score.column}
    assert rules == {Rule.OUTCOME, Rule.SUM}  # an outcome, or the score that one answer is


def test_an_outcome_has_no_expression_but_the_empty_one():
    (held,) = (one for one in all_instruments() if one.id == "itq")
    assert total(held, held.scores[0]) == "{}"


def test_a_skip_may_ask_for_any_of_several_answers():
    audit = instrument("audit")
    either = AnyOf((Within("audit-1", 0, 0), Within("audit-2", 0, 0)))
    (section,) = audit.sections
    skips = (Skip(either, ("audit-3",)),)
    held = replace(audit, sections=(replace(section, skips=skips),))
    made = compiled(total(held, held.scores[1]), models["r4"])
    for given_first, wanted in ((3, [3]), (0, [0])):
        response = {"resourceType": "QuestionnaireResponse"}
        response["item"] = answered(held, {"audit-1": given_first, "audit-2": 0})
        assert made(response, {"resource": response}) == wanted
    response["item"] = answered(held, {"audit-1": 3, "audit-2": 1})
    assert made(response, {"resource": response}) == []
