"""The usual searches are answered from indexes: no table of resources is read from end to end."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from watched import Watched

from gateway.storage import searching
from gateway.storage.conditions import (
    AllOf,
    AnyOf,
    Changed,
    Condition,
    HasDate,
    HasToken,
    MaySeemOlder,
    NotSo,
    WrittenBy,
    condition_sql,
)
from gateway.storage.predicate_sql import Sql
from gateway.storage.searching import ALL, AS_STORED, BY_CHANGE, Criteria, Key, Page, by_date

# A whole table, or all of one type by the index that (type, id) has.
READS_ALL = re.compile(r"^SCAN (?!json_each|CONSTANT)|SEARCH r .*\(type=\?\)$")
CODE = HasToken("code", ("0f",))
ABOUT = {"identities": (1, 2, 3)}
VISIBLE = Sql(
    "(r.author = ? OR NOT EXISTS (SELECT 1 FROM concern k WHERE k.rid = r.rid AND k.identity = ?))",
    ("a", 9),
)
SEARCHES: dict[str, Criteria] = {
    "a person": Criteria("Observation", **ABOUT),
    "many people": Criteria("Observation", identities=tuple(range(500))),
    "a person and a code": Criteria("Observation", conditions=(CODE,), **ABOUT),
    "a person and no such code": Criteria("Observation", conditions=(NotSo(CODE),), **ABOUT),
    "a person and a date": Criteria(
        "Observation", conditions=(HasDate("date", "ge", 0, 9),), **ABOUT
    ),
    "a person and a change": Criteria(
        "Observation",
        conditions=(AnyOf((Changed("ge", 0, 9), MaySeemOlder("a"))),),
        **ABOUT,
    ),
    "an id": Criteria("Observation", ids=("o1",)),
    "many ids": Criteria("Observation", ids=tuple(f"o{n}" for n in range(500))),
    "a reference": Criteria("Observation", conditions=(HasToken("encounter", ("Encounter/1",)),)),
    "a reference that is hidden": Criteria(
        "Observation",
        conditions=(
            AnyOf(
                (
                    HasToken("encounter", ("Encounter/1",)),
                    AllOf((HasToken("encounter", ("Encounter/2",)), WrittenBy("a"))),
                )
            ),
        ),
    ),
    "an owner": Criteria("Task", conditions=(HasToken("owner", ("Organization/1",)),)),
    "one's own Patients by name": Criteria(
        "Patient", conditions=(AllOf((HasToken("name", ("0f",)), HasToken("name", ("1f",)))),)
    ),
    "a directory by identifier": Criteria(
        "Practitioner", conditions=(HasToken("identifier", ("0f",)),)
    ),
}
ORDERS = {
    "as stored": AS_STORED,
    "by change": BY_CHANGE,
    "newest first": (by_date("date", descending=True), Key("r.id")),
}


@pytest.fixture
def watched(empty: Path) -> Watched:
    with closing(Watched(str(empty))) as opened:
        yield opened  # type: ignore[misc]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("criteria", SEARCHES.values(), ids=SEARCHES)
def test_a_search_is_answered_from_indexes(
    watched: Watched, criteria: Criteria, order: searching.Order
) -> None:
    searching.ranked(watched, criteria, VISIBLE, Page(None, 51), order)
    searching.ranked(watched, criteria, VISIBLE, Page((*(1 for _ in order), "o1"), 51), order)
    searching.count(watched, criteria, VISIBLE)
    searching.ids(watched, criteria, VISIBLE)
    searching.rows(watched, criteria, VISIBLE, Page(None, ALL))
    searching.identities_concerned(watched, criteria, VISIBLE)
    assert [step for step in watched.steps if READS_ALL.search(step)] == []


@pytest.mark.parametrize("condition", [CODE, HasDate("date", "eq", 0, 9)], ids=str)
def test_a_person_narrows_before_a_code_does(watched: Watched, condition: Condition) -> None:
    """A code that everyone has must not be read for everyone."""
    searching.count(watched, Criteria("Observation", conditions=(condition,), **ABOUT), VISIBLE)
    assert any("concern_identity" in step for step in watched.steps)
    assert not any("token_value" in step for step in watched.steps)


@pytest.mark.parametrize("prefix", ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
@pytest.mark.parametrize("kind", [Changed, partial(HasDate, "date")], ids=["changed", "dated"])
def test_a_search_by_another_moment_is_the_same_statement(
    kind: Callable[..., Condition], prefix: str
) -> None:
    one, other = (condition_sql(kind(prefix, low, low + 9)) for low in (1_000, 2_000))
    assert one.text == other.text  # so that it is prepared once, with all that consents add to it
    assert one.values != other.values
