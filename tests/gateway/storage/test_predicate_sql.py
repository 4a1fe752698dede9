"""A condition asked of facts in memory and of rows in the database gives one answer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import predicate as p
from consent.facts import Facts
from consent.labelling import Labels
from gateway.fhir.indexing import Indexed
from gateway.storage.connection import Connection
from gateway.storage.database import connect
from gateway.storage.predicate_sql import ALWAYS, NEVER, Sql, compiled, sql_and, sql_not, sql_or
from gateway.storage.resources import NewVersion, Resources

EXAMPLES = 2_000 if os.environ.get("ONESTORY_FULL") == "1" else 60
START = datetime(2026, 1, 1, tzinfo=UTC)
CODES = ["http://loinc.org|1", "http://loinc.org|2", "urn:x|1"]
TEXTS = ["drinks daily", "sleeps"]
CLASSES = ["http://hl7.org/fhir/resource-types|Observation", "urn:ietf:rfc:3986|http://e.org/p"]
SOURCES = ["Organization/a", "Organization/b", "https://fhir.nhs.uk/Id/ods-organization-code|A"]
RECORDS = [f"Observation/{number}" for number in range(6)]

moments = st.integers(0, 6).map(lambda day: START + timedelta(days=day))
masks = st.integers(0, 15)
levels = st.integers(0, 5)


def some_of(values: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    first, last = sorted((draw(moments), draw(moments)))
    return Facts(
        reference="",
        type="Observation",
        classes=draw(some_of(CLASSES)) | {CLASSES[0]},  # every resource is of its own type
        codes=draw(some_of(CODES)),
        texts=draw(some_of(TEXTS)),
        topics=draw(masks),
        level=draw(levels),
        pending=draw(st.booleans()),
        ceiling=draw(st.booleans()),
        sources=draw(some_of(SOURCES)),
        dates=draw(st.sampled_from([None, (first, last)])),
        references=draw(some_of(RECORDS)),
    )


bounds = st.one_of(st.none(), moments)
atoms = st.one_of(
    st.builds(p.Constant, st.booleans()),
    st.builds(p.AnyTopic, masks),
    st.builds(p.TopicsWithin, masks),
    st.builds(p.LevelAtMost, levels),
    st.builds(p.LevelAtLeast, levels),
    st.just(p.Pending()),
    st.just(p.UnderCeiling()),
    st.builds(p.OfClass, some_of(CLASSES)),
    st.builds(p.HasCode, some_of(CODES)),
    st.builds(p.HasText, some_of(TEXTS)),
    st.builds(p.FromSource, some_of(SOURCES)),
    st.just(p.Unsourced()),
    st.builds(p.DatesWithin, bounds, bounds),
    st.builds(p.DatesTouch, bounds, bounds),
    st.builds(p.IsOneOf, some_of(RECORDS)),
    st.builds(p.RefersTo, some_of(RECORDS)),
)


def _several(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=4).map(tuple)


conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(p.Not, inner),
        st.builds(p.All, _several(inner)),
        st.builds(p.Any, _several(inner)),
    ),
    max_leaves=12,
)


def _stored(facts: Facts, number: int) -> NewVersion:
    return NewVersion(
        resource={"resourceType": "Observation", "id": str(number)},
        type="Observation",
        id=str(number),
        version=1,
        author="a",
        author_role="service",
        concerns=(),
        several=False,
        labels=Labels(facts.topics, facts.level, facts.pending, facts.ceiling),
        facts=facts,
        indexed=Indexed(),
        delivered_to=frozenset(),
        updated=number,
        labelled_by=1,
    )


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def rows(
    request: pytest.FixtureRequest, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """A database for the whole module: each example fills it and takes everything back."""
    url = f"sqlite:///{tmp_path_factory.mktemp('predicate') / 'rows.db'}"
    if request.param == "sqlite":
        shutil.copy(empty, url.removeprefix("sqlite:///"))
    else:
        databases = request.getfixturevalue("postgres")
        url = databases.url(databases.create(request.getfixturevalue("migrated_postgres")))
    with closing(connect(url)) as opened:
        yield opened


def _passing(connection: Connection, wanted: Sql) -> set[str]:
    found = connection.execute(f"SELECT r.id FROM resource r WHERE {wanted.text}", wanted.values)
    return {row[0] for row in found}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(facts(), min_size=1, max_size=6), st.lists(conditions, min_size=1, max_size=6))
def test_every_condition_agrees_with_the_facts(
    rows: Connection,
    resources: Resources,
    held: list[Facts],
    asked: list[p.Condition],
) -> None:
    named = [_named(each, f"Observation/{number}") for number, each in enumerate(held)]
    rows.begin(writing=True)
    try:
        for number, each in enumerate(named):
            resources.add(rows, _stored(each, number))
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


def _named(facts: Facts, reference: str) -> Facts:
    fields = {name: getattr(facts, name) for name in Facts.__slots__}
    return Facts(**fields | {"reference": reference})


def test_a_condition_of_thousands_of_parts_is_answered(
    connection: Connection, resources: Resources
) -> None:
    """SQLite refuses an expression that nests deeper than 1,000."""
    one = Facts(reference="Observation/0", type="Observation", level=4)
    resources.add(connection, _stored(one, 0))
    parts = tuple(p.IsOneOf(frozenset({f"Observation/{n}"})) for n in range(5_000))
    assert _passing(connection, compiled(p.Any(parts), resources.digest, 1)) == {"0"}
    never = p.All(tuple(p.Not(part) for part in parts))
    assert _passing(connection, compiled(never, resources.digest, 1)) == set()


def test_a_condition_that_names_a_great_many_records_is_answered(
    connection: Connection, resources: Resources
) -> None:
    one = Facts("Observation/0", "Observation", references=frozenset({"Observation/9"}))
    resources.add(connection, _stored(one, 0))
    named = frozenset(f"Observation/{n}" for n in range(300_000))
    for condition in (p.IsOneOf(named), p.RefersTo(named)):
        assert _passing(connection, compiled(condition, resources.digest, 1)) == {"0"}
        assert _passing(connection, compiled(p.Not(condition), resources.digest, 1)) == set()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (sql_and(), ALWAYS),
        (sql_and(ALWAYS, Sql("a")), Sql("a")),
        (sql_and(Sql("a"), NEVER), NEVER),
        (sql_or(), NEVER),
        (sql_or(NEVER, Sql("a")), Sql("a")),
        (sql_or(Sql("a"), ALWAYS), ALWAYS),
        (sql_not(ALWAYS), NEVER),
        (sql_not(NEVER), ALWAYS),
        (sql_and(Sql("a", (1,)), Sql("b", (2,))), Sql("(a AND b)", (1, 2))),
    ],
)
def test_expressions_are_put_together(made: Sql, expected: Sql) -> None:
    assert made == expected
