"""A condition asked of facts in memory and of rows in the database gives one answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "consent"))  # its made-up conditions

from made_conditions import CONDITIONS, facts
from rows_of_facts import new_version

from consent import predicate as p
from consent.facts import Facts
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import ALWAYS, NEVER, Sql, compiled, sql_and, sql_not, sql_or
from gateway.storage.resources import Resources

EXAMPLES = 2_000 if os.environ.get("ONESTORY_FULL") == "1" else 60


def _passing(connection: Connection, wanted: Sql) -> set[str]:
    found = connection.execute(f"SELECT r.id FROM resource r WHERE {wanted.text}", wanted.values)
    return {row[0] for row in found}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(facts(), min_size=1, max_size=6), st.lists(CONDITIONS, min_size=1, max_size=6))
def test_every_condition_agrees_with_the_facts(
    rows: Connection,
    resources: Resources,
    held: list[Facts],
    asked: list[p.Condition],
) -> None:
    named = [replace(each, reference=f"Observation/{number}") for number, each in enumerate(held)]
    rows.begin(writing=True)
    try:
        for number, each in enumerate(named):
            resources.add(rows, new_version(each, number))
        for condition in asked:
            passing = _passing(rows, compiled(condition, resources.digest, 1))
            expected = {str(n) for n, each in enumerate(named) if p.holds(condition, each)}
            assert passing == expected
            simple = compiled(p.every(condition, p.TRUE), resources.digest, 1)
            assert _passing(rows, simple) == expected
            against = compiled(p.negated(condition), resources.digest, 1)
            assert _passing(rows, against) == {str(n) for n in range(len(named))} - expected
    finally:
        rows.rollback()


def test_a_condition_of_thousands_of_parts_is_answered(
    connection: Connection, resources: Resources
) -> None:
    """SQLite refuses an expression that nests deeper than 1,000."""
    one = Facts(reference="Observation/0", type="Observation", level=4)
    resources.add(connection, new_version(one, 0))
    parts = tuple(p.IsOneOf(frozenset({f"Observation/{n}"})) for n in range(5_000))
    assert _passing(connection, compiled(p.Any(parts), resources.digest, 1)) == {"0"}
    never = p.All(tuple(p.Not(part) for part in parts))
    assert _passing(connection, compiled(never, resources.digest, 1)) == set()


def test_a_condition_that_names_a_great_many_records_is_answered(
    connection: Connection, resources: Resources
) -> None:
    one = Facts("Observation/0", "Observation", references=frozenset({"Observation/9"}))
    resources.add(connection, new_version(one, 0))
    named = frozenset(f"Observation/{n}" for n in range(300_000))
    for condition in (p.IsOneOf(named), p.RefersTo(named)):
        assert _passing(connection, compiled(condition, resources.digest, 1)) == {"0"}
        assert _passing(connection, compiled(p.Not(condition), resources.digest, 1)) == set()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: sql_and(), ALWAYS),
        (lambda: sql_and(ALWAYS, Sql("a")), Sql("a")),
        (lambda: sql_and(Sql("a"), NEVER), NEVER),
        (lambda: sql_or(), NEVER),
        (lambda: sql_or(NEVER, Sql("a")), Sql("a")),
        (lambda: sql_or(Sql("a"), ALWAYS), ALWAYS),
        (lambda: sql_not(ALWAYS), NEVER),
        (lambda: sql_not(NEVER), ALWAYS),
        (lambda: sql_and(Sql("a", (1,)), Sql("b", (2,))), Sql("(a AND b)", (1, 2))),
    ],
)
def test_expressions_are_put_together(made: Callable[[], Sql], expected: Sql) -> None:
    assert made() == expected
