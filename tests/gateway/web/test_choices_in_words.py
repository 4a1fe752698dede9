"""From Consent JSON to words and back: what this page writes, it reads as the same choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from consent.reading import read
from consent.topics import page_topics
from gateway.web.me import topics
from gateway.web.me.choices import Choice, as_consent
from gateway.web.me.given import given
from gateway.web.services import Service, Services

HOUSING = Service("Organization/h", "Riverside Housing", "HSG01")
TRUST = Service("Organization/t", "Northside Mental Health", "TMH01")
KNOWN = Services((TRUST, HOUSING), "Organization/p")
ME = "Patient/me"
NOW = datetime(2026, 5, 3, 10, 0, tzinfo=UTC)
ALCOHOL = Choice(HOUSING, True, ("alcohol",), None)


def written(choice):
    (part,) = choice.parts
    return as_consent(part, ME, NOW) | {"id": "c"}


def in_words(consent):
    return given(consent, KNOWN, ME)


CHOICES = [
    (replace(ALCOHOL, may=may, topics=chosen, ends=ends), sentence)
    for may, chosen, ends, sentence in [
        (True, ("alcohol",), None, "Riverside Housing may see what is held about alcohol."),
        (False, ("alcohol", "drugs"), None,
         "Riverside Housing may not see anything about alcohol or drugs."),
        (True, ("trauma",), date(2026, 6, 1),
         "Riverside Housing may see what is held about what happened to you."),
        (True, ("plan",), None, "Riverside Housing may see your plan and crisis plan."),
        (False, ("plan",), None, "Riverside Housing may not see your plan or crisis plan."),
        (True, ("everything",), None, "Riverside Housing may see everything about you."),
        (False, ("everything",), None, "Riverside Housing may not see anything about you."),
    ]
]  # fmt: skip


@pytest.mark.parametrize(("choice", "sentence"), CHOICES, ids=[row[1] for row in CHOICES])
def test_a_choice_is_one_sentence(choice, sentence):
    assert choice.sentence == sentence


@pytest.mark.parametrize("choice", [row[0] for row in CHOICES], ids=[row[1] for row in CHOICES])
def test_what_is_written_is_read_as_the_same_choice(choice):
    assert in_words(written(choice)).choice == choice


@pytest.mark.parametrize("may", [True, False])
@pytest.mark.parametrize("topic", page_topics(), ids=lambda topic: topic.key)
def test_every_topic_alone_survives_the_way_there_and_back(topic, may):
    choice = replace(ALCOHOL, topics=(topic.key,), may=may)
    assert in_words(written(choice)).choice == choice


@pytest.mark.parametrize("choice", [row[0] for row in CHOICES], ids=[row[1] for row in CHOICES])
def test_the_engine_finds_no_fault_in_what_is_written(choice):
    rules, faults = read(written(choice))
    assert faults == ()
    assert rules.counts


def test_the_sentence_says_when_it_was_said():
    said = in_words(written(ALCOHOL)).sentence
    assert (
        said == "You said on 3 May 2026 that Riverside Housing may see what is held about alcohol."
    )


@pytest.mark.parametrize(
    ("chosen", "level"), [(("smoking",), "N"), (("alcohol",), "R"), (("everything",), "R")]
)
def test_a_yes_names_the_level_that_just_covers_its_topics(chosen, level):
    labels = written(replace(ALCOHOL, topics=chosen))["provision"]["securityLabel"]
    assert labels[-1]["code"] == level


def test_a_no_names_no_level_because_either_would_do_to_deny():
    labels = written(replace(ALCOHOL, may=False))["provision"]["securityLabel"]
    assert [label["code"] for label in labels] == ["ETHUD"]


UNLIKE = [
    ("a purpose beside it", {"purpose": [{"system": "x", "code": "TREAT"}]}),
    ("an exception inside it", {"provision": [{"type": "deny"}]}),
    ("a topic that no box names alone", {"securityLabel": [{"system": "x", "code": "y"}]}),
    ("two services", {"actor": []}),
]


@pytest.mark.parametrize("more", [row[1] for row in UNLIKE], ids=[row[0] for row in UNLIKE])
def test_a_consent_that_says_more_is_never_shown_as_less(more):
    consent = written(ALCOHOL)
    consent["provision"] |= more
    shown = in_words(consent)
    assert shown.choice is None
    assert "cannot put into plain words" in shown.sentence


def test_a_modifier_that_is_not_understood_is_never_left_out():
    assert in_words(written(ALCOHOL) | {"modifierExtension": [{"url": "x"}]}).choice is None


def test_what_a_referral_wrote_is_told_with_who_wrote_it():
    consent = written(ALCOHOL) | {"organization": [{"reference": TRUST.reference}]}
    del consent["performer"], consent["provision"]["securityLabel"]
    one = {"meaning": "instance", "reference": {"reference": "Task/1"}}
    consent["provision"]["data"] = [one, one]
    shown = in_words(consent)
    assert shown.sentence == "Riverside Housing may see a referral and what came with it."
    assert (shown.by, shown.single) == ("Northside Mental Health", "Riverside Housing")


def test_a_yes_to_feelings_says_what_else_it_covers():
    offer = next(one for one in topics.offers() if one.key == "mental-health")
    assert offer.hint == "This covers self-harm and what happened to you too."
