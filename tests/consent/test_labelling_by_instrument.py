"""A response is labelled by its instrument, whatever was answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from to_label import OURS, RULES, SNOMED, codes, item, of, response

from consent.label_rules import rules
from consent.topics import LEVELS
from mappings.instruments import instrument

INSTRUMENTS = {
    "audit-c": ("ETHUD", "R"),
    "audit": ("ETHUD", "R"),
    "sadq": ("ETHUD", "R"),
    "assist-lite-uk": ("ETHUD OPIOIDUD drugs smoking", "R"),
    "phq-9": ("MH self-harm", "R"),
    "gad-7": ("MH", "R"),
    "core-10": ("MH self-harm", "R"),
    "dialog": ("MH", "R"),
    "reqol-10": ("MH", "R"),
    "honos-wa": ("MH", "R"),
    "dast-10": ("drugs", "R"),
    "ldq": ("drugs", "R"),
    "top": ("drugs ETHUD OPIOIDUD", "R"),
    "ftnd": ("smoking", "N"),
    "pc-ptsd-5": ("trauma", "R"),
    "itq": ("trauma", "R"),
    "c-ssrs-screener": ("self-harm", "R"),
}


def test_every_instrument_has_a_rule_and_every_rule_is_tested() -> None:
    assert {row["id"] for row in RULES["instruments"]} == set(INSTRUMENTS)


@pytest.mark.parametrize("instrument_id", INSTRUMENTS)
def test_a_response_is_labelled_by_its_instrument(instrument_id: str) -> None:
    expected, level = INSTRUMENTS[instrument_id]
    labels = of(response(instrument_id))
    assert codes(labels) == set(expected.split())
    assert LEVELS[labels.level] == level
    assert not labels.doubt
    assert labels.rules == (f"{RULES['version']}#{instrument_id}",)


ANSWERS = st.one_of(
    st.booleans().map(lambda value: {"valueBoolean": value}),
    st.integers(0, 100).map(lambda value: {"valueInteger": value}),
    st.decimals(0, 9, places=1).map(lambda value: {"valueDecimal": value}),
    st.text("abc", min_size=1).map(lambda code: {"valueCoding": {"system": "s", "code": code}}),
    st.sampled_from(["75544000", "86406008"]).map(
        lambda code: {"valueCoding": {"system": SNOMED, "code": code, "display": "in words"}}
    ),
    st.just({"valueDate": "2026-05-03"}),
)


@given(st.sampled_from(sorted(INSTRUMENTS)), st.data())
def test_changing_any_answer_never_changes_a_label(kind: str, data: st.DataObject) -> None:
    links = sorted(rules().instruments[f"{OURS}/Questionnaire/{kind}"].items)
    asked = data.draw(st.lists(st.sampled_from(links), unique=True))
    one = response(kind, *(item(link, data.draw(ANSWERS)) for link in asked))
    other = response(kind, *(item(link, data.draw(ANSWERS)) for link in asked))
    assert of(one) == of(other) == of(response(kind))
    assert of(one).rules == of(other).rules


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_every_item_of_an_instrument_is_known_and_no_other(kind: str) -> None:
    tool = instrument(kind)
    assert tool is not None
    asked = [one.link_id for one in tool.items] + list(tool.totals)
    answered = [item(link, {"valueInteger": 1}) for link in asked]
    assert not of(response(kind, *answered)).doubt
    for link in asked:
        assert of(response(kind, item(f"{link}-and-hiv", {"valueInteger": 1}))).doubt


def test_the_substance_named_in_assist_lite_is_an_answer_like_any_other() -> None:
    named = response("assist-lite-uk", item("al-other-2", {"valueString": "x"}))
    assert of(named) == of(response("assist-lite-uk"))


def test_an_answer_in_words_elsewhere_stays_pending() -> None:
    assert of(response("assist-lite-uk", item("al-tobacco-1", {"valueString": "x"}))).doubt


def test_an_item_that_the_instrument_does_not_ask_stays_pending() -> None:
    asked = {"linkId": "group", "item": [item("phq9-1", {"valueInteger": 1})]}
    added = {"linkId": "group", "item": [item("hiv-1", {"valueBoolean": True})]}
    named = {"linkId": "seen at the clinic", "item": [item("phq9-1", {"valueInteger": 1})]}
    assert not of(response("phq-9", asked)).doubt
    assert of(response("phq-9", added)).doubt
    assert of(response("phq-9", named)).doubt


def test_a_stated_total_is_part_of_what_was_asked() -> None:
    stated = item("total_tobacco", {"valueInteger": 2})
    assert of(response("assist-lite-uk", stated)) == of(response("assist-lite-uk"))
    assert of(response("audit-c", item("total", {"valueInteger": 5}))) == of(response("audit-c"))
    assert of(response("audit-c", item("totally-new", {"valueInteger": 5}))).doubt
