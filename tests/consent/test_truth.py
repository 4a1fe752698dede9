"""Conditions as functions, and shortened: both are true of exactly the same facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_conditions import CONDITIONS, facts

from consent import predicate as p
from consent.factoring import any_of
from consent.facts import Facts
from consent.truth import truth_of

pytestmark = pytest.mark.timeout(3_000)  # thousands of examples on a busy machine
START = datetime(2026, 1, 1, tzinfo=UTC)


PLAIN = Facts("Observation/1", "Observation")
ONE, OTHER, NEITHER = frozenset({"x|1"}), frozenset({"x|2"}), frozenset({"x|3"})
# Two tests of one kind; facts of the one, facts of the other, and facts of neither.
ALIKE = [
    *(
        (kind(ONE), kind(OTHER), {field: ONE}, {field: OTHER}, {field: NEITHER})
        for kind, field in (
            (p.OfClass, "classes"),
            (p.HasCode, "codes"),
            (p.HasText, "texts"),
            (p.FromSource, "sources"),
            (p.NamesRecipient, "recipients"),
            (p.RefersTo, "references"),
        )
    ),
    (p.IsOneOf(ONE), p.IsOneOf(OTHER), *({"reference": name} for name in ("x|1", "x|2", "x|3"))),
    (p.AnyTopic(1), p.AnyTopic(2), {"topics": 1}, {"topics": 2}, {"topics": 4}),
    (p.LevelAtLeast(3), p.LevelAtLeast(4), {"level": 3}, {"level": 4}, {"level": 2}),
    (p.LevelAtMost(2), p.LevelAtMost(3), {"level": 2}, {"level": 3}, {"level": 4}),
]


# A test, facts of which it is true, and facts of which it is not.
TOLD_APART = [
    (p.Unsourced(), {}, {"sources": ONE}),
    (p.Unjudged(), {"unjudged": True}, {"pending": True}),
    (p.Pending(), {"pending": True}, {"unjudged": True}),
    (p.UnderCeiling(), {"ceiling": True}, {}),
    (p.TopicsWithin(3), {"topics": 2}, {"topics": 4}),
    (p.TopicsWithin(3), {"topics": 3}, {"topics": 0}),
    (p.DatesWithin(START, None), {"dates": (START, START)}, {}),
    (p.DatesTouch(START, None), {}, {"dates": (START - timedelta(1), START - timedelta(1))}),
]


@pytest.mark.parametrize("row", TOLD_APART, ids=[type(row[0]).__name__ for row in TOLD_APART])
def test_each_test_tells_facts_apart(row) -> None:
    condition, true_of, not_of = row
    for holds in (truth_of(condition), lambda facts: p.holds(condition, facts)):
        assert holds(replace(PLAIN, **true_of)) is True
        assert holds(replace(PLAIN, **not_of)) is False


@pytest.mark.parametrize("row", ALIKE, ids=[type(row[0]).__name__ for row in ALIKE])
def test_two_tests_of_one_kind_become_one_that_says_both(row) -> None:
    first, second, *held = row
    for both in ([first, second], [second, first]):
        joined = any_of(both)
        assert type(joined) is type(first)
        told = [p.holds(joined, replace(PLAIN, **each)) for each in held]
        assert told == [True, True, False]


DAYS = [None, *range(4)]
INTERVALS = [
    (low, high) for low in DAYS for high in DAYS if low is None or high is None or low <= high
]
DATED = [None, *((first, last) for first in range(4) for last in range(first, 4))]


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("dates", DATED)
def test_dates_are_within_where_every_day_is_and_touch_where_one_is(interval, dates) -> None:
    low, high = interval
    days = [] if dates is None else range(dates[0], dates[1] + 1)
    inside = [(low is None or low <= day) and (high is None or day <= high) for day in days]
    held = Facts("Observation/1", "Observation", dates=dates and (_day(dates[0]), _day(dates[1])))
    for atom, expected in (
        (p.DatesWithin(_day(low), _day(high)), dates is not None and all(inside)),
        (p.DatesTouch(_day(low), _day(high)), dates is None or any(inside)),
    ):
        assert p.holds(atom, held) is expected
        assert truth_of(atom)(held) is expected


def _day(number: int | None) -> datetime | None:
    return None if number is None else START + timedelta(days=number)


@given(CONDITIONS, facts())
def test_a_condition_as_a_function_says_the_same(condition, held) -> None:
    assert truth_of(condition)(held) is p.holds(condition, held)


@given(st.lists(CONDITIONS, max_size=5), st.lists(facts(), min_size=1, max_size=4))
def test_a_shorter_condition_says_the_same(conditions, held) -> None:
    shorter = any_of(conditions)
    for one in held:
        assert p.holds(shorter, one) is any(p.holds(each, one) for each in conditions)


def test_what_is_shared_is_asked_once() -> None:
    begins = p.OfClass(frozenset({"a"}))
    alternatives = [
        p.every(begins, p.Pending()),
        p.every(begins, p.UnderCeiling()),
        p.every(begins, p.Pending()),
    ]
    assert any_of(alternatives) == p.All((begins, p.Any((p.Pending(), p.UnderCeiling()))))


def test_tests_of_one_kind_become_one() -> None:
    assert any_of([p.AnyTopic(1), p.AnyTopic(2), p.AnyTopic(1)]) == p.AnyTopic(3)
    assert any_of([p.LevelAtLeast(4), p.LevelAtLeast(3)]) == p.LevelAtLeast(3)
    two = [p.HasCode(frozenset({"a"})), p.HasCode(frozenset({"b"}))]
    assert any_of(two) == p.HasCode(frozenset({"a", "b"}))
    within = [p.Any((p.AnyTopic(1), p.Pending())), p.AnyTopic(2)]  # one of them inside another
    assert any_of(within) == p.Any((p.AnyTopic(3), p.Pending()))
    both = [p.TopicsWithin(1), p.TopicsWithin(2)]  # a resource with both has to be within one
    assert any_of(both) == p.Any(tuple(both))


def test_what_is_always_or_never_true_leaves_nothing_else() -> None:
    assert any_of([]) == any_of([p.FALSE]) == p.FALSE
    assert any_of([p.Pending(), p.TRUE]) == p.TRUE
    assert any_of([p.FALSE, p.Pending()]) == p.Pending()
    assert not truth_of(p.FALSE)(replace(_plain(), pending=True))


def _plain() -> Facts:
    return Facts("Observation/1", "Observation")
