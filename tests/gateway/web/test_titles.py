"""Every set of questions has a name that the person who answered it knows."""

from __future__ import annotations

import pytest

from gateway.web.me.held import questionnaire_title
from mappings.instruments import all_instruments
from mappings.questionnaire import questionnaire


@pytest.mark.parametrize("instrument", all_instruments(), ids=lambda each: each.id)
def test_each_instrument_has_a_plain_title(instrument) -> None:
    body = questionnaire(instrument)
    title = questionnaire_title(f"{body['url']}|{body['version']}")
    assert title.startswith(("Questions about ", "What staff wrote "))


def test_questions_that_are_not_held_are_still_named() -> None:
    assert questionnaire_title("https://elsewhere.example/q|1") == "Questions and answers"
