"""Authors raise labels, and lower none."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from to_label import codes, observation, of, security

from consent import topics
from consent.labelling import NORMAL
from consent.topics import LEVELS


def test_the_author_raises_labels() -> None:
    raised = of(
        observation("72166-2", **security((topics.ACT_CODE, "MH"), (topics.CONFIDENTIALITY, "R")))
    )
    assert codes(raised) == {"smoking", "MH"}
    assert LEVELS[raised.level] == "R"


@given(st.lists(st.sampled_from([*LEVELS, "X"])), st.lists(st.sampled_from(["MH", "NOAUTH", "?"])))
def test_the_author_never_lowers_labels(levels: list[str], named: list[str]) -> None:
    plain = observation("75626-2")
    codings = [(topics.CONFIDENTIALITY, level) for level in levels]
    codings += [(topics.ACT_CODE, code) for code in named]
    before, after = of(plain), of({**copy.deepcopy(plain), **security(*codings)})
    assert after.topics & before.topics == before.topics
    assert after.level >= before.level
    assert after.doubt >= before.doubt


def test_a_label_of_the_author_that_does_not_exist_leaves_it_pending() -> None:
    assert of(observation("75626-2", **security((topics.TOPIC_SYSTEM, "alcool")))).doubt
    assert of(observation("75626-2", **security((topics.CONFIDENTIALITY, "X")))).doubt
    assert not of(observation("75626-2", **security((topics.ACT_CODE, "NORDSCLCD")))).doubt


@pytest.mark.parametrize(
    "codings",
    [
        [(topics.TOPIC_SYSTEM, "third-party")],
        [(topics.TOPIC_SYSTEM, "marac")],
        [(topics.TOPIC_SYSTEM, "not-for-person")],
        [(topics.ACT_CODE, "PSYTHPN")],
        [(topics.ACT_CODE, "SDV"), (topics.CONFIDENTIALITY, "V")],
    ],
)
def test_the_author_puts_a_record_under_the_ceiling(codings: list[tuple[str, str]]) -> None:
    assert of(observation("75626-2", **security(*codings))).ceiling
    assert not of(observation("75626-2")).ceiling


def test_a_patient_is_raised_by_its_author_too() -> None:
    patient = {"resourceType": "Patient", **security((topics.CONFIDENTIALITY, "V"))}
    assert of(patient).level > NORMAL
