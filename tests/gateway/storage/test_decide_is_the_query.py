"""What `decide` says of each resource is what the query finds, on both databases, for any consents.

The predicate that a person's consents compile to is asked of real rows; the verdict on each of the
same resources is asked of the engine, one by one.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "consent"))  # its made-up worlds

from rows_of_facts import RULES, new_version
from saying import Say
from worlds import FACTS, NOW, TYPES, WORLDS, World

from consent.compiling import compile_consents
from consent.deciding import Permit
from consent.facts import Facts
from consent.predicate import every, negated, some
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import compiled
from gateway.storage.resources import Resources

EXAMPLES = 5_000 if os.environ.get("ONESTORY_FULL") == "1" else 50
pytestmark = pytest.mark.timeout(3_000)  # thousands of examples on a busy machine


def _released(rows: Connection, resources: Resources, world: World, say: Say) -> set[str]:
    sources = world.sources(say)
    found = compile_consents(sources, world.asked(say), world.directory, world.policy, NOW)
    visible = every(negated(found.ceiling), negated(found.denial), some(found.permit, found.base))
    wanted = compiled(visible, resources.digest, RULES)
    answer = rows.execute(
        f"SELECT r.type || '/' || r.id FROM resource r WHERE {wanted.text}", wanted.values
    )
    return {reference for (reference,) in answer}


def _held(say: Say, described: list[dict[str, object]]) -> list[Facts]:
    """The resources, each under a reference of its own; what is named may be among them."""
    held = [say.facts(**each) for each in described]
    seen: set[str] = set()
    for place, facts in enumerate(held):
        type_ = facts.reference.partition("/")[0]
        name = facts.reference if facts.reference not in seen else f"{type_}/more{place}"
        seen.add(name)
        held[place] = replace(
            facts, reference=name, type=type_, classes=frozenset({f"{TYPES}{type_}"})
        )
    return held


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(WORLDS, st.lists(FACTS, min_size=1, max_size=5))
def test_the_query_finds_what_the_engine_permits(
    rows: Connection, resources: Resources, world: World, described: list[dict[str, object]]
) -> None:
    say = Say()
    held = _held(say, described)
    rows.begin(writing=True)
    try:
        resources.add_many(rows, [new_version(each, place) for place, each in enumerate(held)])
        released = _released(rows, resources, world, say)
    finally:
        rows.rollback()
    sources = world.sources(say)
    permitted = {
        each.reference for each in held if isinstance(world.decided(say, sources, each), Permit)
    }
    assert released == permitted
