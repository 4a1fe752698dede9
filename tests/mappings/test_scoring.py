import json
from pathlib import Path

import pytest

from mappings.instruments import instrument
from mappings.scoring import agrees, alerts, contradictions, score

VECTORS = json.loads((Path(__file__).parent / "score_vectors.json").read_text())
REFERENCE = Path(__file__).parents[3] / "shared/reference/score_vectors.json"


def made(vector):
    """(total, band, alerts) of a vector's section or whole, its answers given item by item."""
    name, _, section_id = vector["score"].partition(".")
    held = instrument(name)
    link_ids = [
        link_id
        for section in held.sections
        if section_id in ("", section.id)
        for link_id in section.items
    ]
    answers = {}
    for link_id, answer in zip(link_ids, vector["answers"], strict=False):
        if answer is not None:
            if str(answer) not in held.by_link_id[link_id].readings:
                return None, None, []
            answers[link_id] = held.by_link_id[link_id].readings[str(answer)]
    main = f"total_{section_id}" if "total_" + section_id in held.totals else "total"
    asked = held.totals.get(main) or next(one for one in held.scores if not one.column)
    found = next((one for one in score(held, answers) if one.score is asked), None)
    raised = [one.id for one in alerts(held, answers)]
    return (found and found.value), (found and found.band), raised


def expected(vector):
    return vector["total"], vector["band"], vector["alerts"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{one['score']}: {one['case']}")
def test_vector(vector):
    assert made(vector) == expected(vector)


def test_the_reference_vectors_pass_too():
    if not REFERENCE.exists():
        pytest.skip("the reference vectors are not beside this checkout")
    for vector in json.loads(REFERENCE.read_text()):
        assert made(vector | {"score": vector["instrument"]}) == expected(vector), vector


ASSIST = instrument("assist-lite-uk")
MISSING = {
    "one section may stand alone": (
        {"al-opioids-1": 1, "al-opioids-2": 0, "al-opioids-3": 1},
        {"assist-lite-uk.opioids": 2},
    ),
    "a section whose first item is unanswered has no score": (
        {"al-opioids-2": 1, "al-opioids-3": 1},
        {},
    ),
    "a section whose first item says no scores nought": (
        {"al-opioids-1": 0},
        {"assist-lite-uk.opioids": 0},
    ),
    "no score where a later item is missing": ({"al-opioids-1": 1, "al-opioids-2": 1}, {}),
    "later items that say no as well change nothing": (
        {"al-opioids-1": 0, "al-opioids-2": 0, "al-opioids-3": 0},
        {"assist-lite-uk.opioids": 0},
    ),
    "alcohol is scored as AUDIT-C": (
        {"auditc-1": 4, "auditc-2": 4, "auditc-3": 3},
        {"audit-c": 11},
    ),
    "no AUDIT-C total where one item is missing": ({"auditc-1": 0}, {}),
    "other substances make no score": ({"al-other-1": 1, "al-other-2": "khat"}, {}),
}


@pytest.mark.parametrize("case", MISSING)
def test_missing_rule(case):
    answers, scores = MISSING[case]
    assert {one.score.id: one.value for one in score(ASSIST, answers)} == scores


def test_a_later_yes_contradicts_a_first_no():
    answers = {"al-cannabis-1": 0, "al-cannabis-2": 1, "al-tobacco-1": 1, "al-tobacco-2": 1}
    assert list(contradictions(ASSIST, answers)) == [("al-cannabis-2", "al-cannabis-1")]


def test_a_named_substance_contradicts_a_first_no():
    answers = {"al-other-1": 0, "al-other-2": "khat"}
    assert list(contradictions(ASSIST, answers)) == [("al-other-2", "al-other-1")]


def scores(kind, *given):
    held = instrument(kind)
    answers = {item.link_id: answer for item, answer in zip(held.items, given, strict=False)}
    return {one.score.id: one.value for one in score(held, answers)}


def test_audit_has_three_parts_that_follow_its_skips():
    assert scores("audit", 3, 3, 3, 1, 1, 0, 0, 0, 2, 2) == {
        "audit": 15,
        "audit.audit-c": 9,
        "audit.dependence": 2,
        "audit.harm": 4,
    }
    held = instrument("audit")
    skipped = score(held, {"audit-1": 0, "audit-9": 2, "audit-10": 0})
    assert {one.score.id: one.value for one in skipped} == {
        "audit": 2,
        "audit.audit-c": 0,
        "audit.dependence": 0,
        "audit.harm": 2,
    }


def test_the_heaviness_of_smoking_is_items_one_and_four():
    assert scores("ftnd", 3, 0, 0, 2, 0, 0) == {"ftnd.total": 5, "ftnd.hsi": 5}


def test_each_dialog_answer_is_a_score_and_a_declined_one_is_none():
    found = scores("dialog", 6, 6, 6, 6, 6, 6, 6, 8, 5, 5, 5)
    assert found["dialog-1"] == 6
    assert "dialog-8" not in found
    assert found["dialog.total"] == 6
    assert found["dialog.treatment"] == 5


def test_a_honos_answer_that_is_not_known_makes_no_score():
    found = scores("honos-wa", 4, 9)
    assert found == {"honos-1": 4}


def test_treatment_outcomes_are_fields_and_no_score():
    assert instrument("top").scores == ()


AGREEING = [(7, 7), (4.38, 4.375), (4.4, 4.375), (11.1, 11.111), (11, 11.111), (7.0, 7)]
DISAGREEING = [
    (8, 7),
    (4.37, 4.375 + 0.01),
    (4.376, 4.375),
    (7.04, 7),
    (float("nan"), 7),
    (7, None),
]


@pytest.mark.parametrize(("stated", "computed"), AGREEING)
def test_a_stated_total_may_be_rounded(stated, computed):
    assert agrees(stated, computed)


@pytest.mark.parametrize(("stated", "computed"), DISAGREEING)
def test_a_stated_total_that_is_another_number_disagrees(stated, computed):
    assert not agrees(stated, computed)
