"""Conditions: each atom's truth, and what simplifying them may not change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.facts import Facts
from consent.predicate import (
    FALSE,
    TRUE,
    All,
    Any,
    AnyTopic,
    LevelAtLeast,
    LevelAtMost,
    NamesRecipient,
    Not,
    Pending,
    TopicsWithin,
    UnderCeiling,
    Unjudged,
    every,
    holds,
    negated,
    some,
)

PLAIN = Facts("Observation/1", "Observation")


def _conditions():
    atoms = st.sampled_from(
        [
            TRUE,
            FALSE,
            Pending(),
            Unjudged(),
            UnderCeiling(),
            AnyTopic(3),
            TopicsWithin(1),
            LevelAtMost(3),
        ]
    )
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(lambda parts: All(tuple(parts)), st.lists(inner, max_size=3)),
            st.builds(lambda parts: Any(tuple(parts)), st.lists(inner, max_size=3)),
        ),
        max_leaves=8,
    )


FACTS = st.builds(
    Facts,
    reference=st.just("Observation/1"),
    type=st.just("Observation"),
    topics=st.integers(0, 7),
    level=st.integers(0, 5),
    unjudged=st.booleans(),
    pending=st.booleans(),
    ceiling=st.booleans(),
)


@given(st.lists(_conditions(), max_size=4), FACTS)
def test_simplifying_changes_no_truth(conditions, facts) -> None:
    assert holds(every(*conditions), facts) == all(holds(one, facts) for one in conditions)
    assert holds(some(*conditions), facts) == any(holds(one, facts) for one in conditions)
    for one in conditions:
        assert holds(negated(one), facts) is not holds(one, facts)


def test_constants_disappear() -> None:
    assert every() == every(TRUE) == some(Pending(), TRUE) == TRUE
    assert some() == some(FALSE) == every(Pending(), FALSE) == FALSE
    assert every(TRUE, Pending()) == some(FALSE, Pending()) == Pending()
    assert negated(TRUE) == FALSE
    assert negated(negated(Pending())) == Pending()
    assert every(every(Pending(), UnderCeiling()), AnyTopic(1)) == All(
        (Pending(), UnderCeiling(), AnyTopic(1))
    )
    assert some(some(Pending(), UnderCeiling()), AnyTopic(1)) == Any(
        (Pending(), UnderCeiling(), AnyTopic(1))
    )


@pytest.mark.parametrize(
    ("condition", "matching", "other"),
    [
        (AnyTopic(1), {"topics": 3}, {"topics": 2}),
        (TopicsWithin(3), {"topics": 1}, {"topics": 0}),
        (LevelAtMost(3), {"level": 3}, {"level": 4}),
        (LevelAtLeast(4), {"level": 4}, {"level": 3}),
        (Pending(), {"pending": True}, {"unjudged": True}),
        (Unjudged(), {"unjudged": True}, {"pending": True}),
        (UnderCeiling(), {"ceiling": True}, {}),
        (NamesRecipient(frozenset("ab")), {"recipients": frozenset("bc")}, {"sources": {"a"}}),
    ],
)
def test_an_atom_is_true_of_what_it_names(condition, matching, other) -> None:
    assert holds(condition, replace(PLAIN, **matching))
    assert not holds(condition, replace(PLAIN, **other))
