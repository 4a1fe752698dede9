import json
from pathlib import Path

import pytest

from mappings.instruments import instrument
from mappings.scoring import contradictions, score

VECTORS = json.loads((Path(__file__).parent / "score_vectors.json").read_text())
REFERENCE = Path(__file__).parents[3] / "shared/reference/score_vectors.json"


def made(vector):
    """The score of a vector's section, with its answers given item by item."""
    name, _, section_id = vector["score"].partition(".")
    held = instrument(name)
    section = next(one for one in held.sections if section_id in ("", one.id))
    given = zip(section.items, vector["answers"], strict=True)
    answers = {
        link_id: held.by_link_id[link_id].readings[str(answer)]
        for link_id, answer in given
        if answer is not None
    }
    return next((one for one in score(held, answers)), None)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{one['score']}: {one['case']}")
def test_vector(vector):
    found = made(vector)
    assert (found and found.value, found and found.band) == (vector["total"], vector["band"])


def test_the_reference_vectors_of_these_instruments_pass_too():
    if not REFERENCE.exists():
        pytest.skip("the reference vectors are not beside this checkout")
    for vector in json.loads(REFERENCE.read_text()):
        vector["score"] = vector["instrument"]
        if instrument(vector["score"].partition(".")[0]) is not None:
            found = made(vector)
            assert (found and found.value, found and found.band) == (
                vector["total"],
                vector["band"],
            )


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
