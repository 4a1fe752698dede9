"""Questions on the pages: in the words that the site is licensed to use, or said to be short."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mappings.instruments import instrument
from mappings.wording import Wording

ANSWERS = {"recorded_at": "2026-05-02T09:00", "gad7-1": "1", "gad7-2": "2"}
SHORT = "These are short names of what was asked."
WELSH = Wording("© A. Owner", "cy", {"gad7-1": "A ganodd y gloch <i>ffug</i>?"})


@pytest.fixture
def held(world):
    [response] = [
        one
        for one in world.send("TMH01", "gad-7", **ANSWERS)
        if one.startswith("QuestionnaireResponse/")
    ]
    return f"/me/held/{response}"


def worded(world, wording):
    world.gateway.installation = replace(
        world.gateway.installation, wordings={"gad-7": wording} if wording else {}
    )


def test_without_a_wording_the_page_says_that_names_are_short(person, held):
    page = person.get(held).text
    assert SHORT in page
    assert "Worry: nervous" in page


def test_with_a_wording_the_questions_stand_in_its_words_and_language(person, world, held):
    worded(world, WELSH)
    page = person.get(held).text
    assert 'lang="cy">A ganodd y gloch &lt;i&gt;ffug&lt;/i&gt;?<' in page
    assert "Worry: cannot control worry" in page
    assert SHORT in page, "one answer still stands against a label of ours"


def test_a_whole_wording_needs_no_such_word(person, world, held):
    items = {one: f"Made-up question {one}?" for one in instrument("gad-7").by_link_id}
    worded(world, Wording("© A. Owner", "en-GB", items))
    page = person.get(held).text
    assert "Made-up question gad7-2?" in page
    assert SHORT not in page


def test_what_has_no_questions_has_no_such_word(person, world):
    [plan] = [world.write("TMH01", referral(world))]
    assert SHORT not in person.get(f"/me/held/{plan}").text


def referral(world):
    return {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
                    "code": "active",
                }
            ]
        },
        "code": {"text": "A cold"},
        "subject": {"reference": world.know("TMH01")},
    }
