"""Every condition of dates, levels and topics, asked of every row that is on an edge of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rows_of_facts import RULES, new_version

from consent import predicate as p
from consent.facts import Facts
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import ALWAYS, FEW, NEVER, Sql, compiled, sql_and, sql_or
from gateway.storage.resources import Resources

DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 5)]
DATED = [None, *((first, last) for first in DAYS for last in DAYS if first <= last)]
A_TYPE = "http://hl7.org/fhir/resource-types|Observation"
A_PROFILE = "urn:ietf:rfc:3986|http://example.org/profile"
NAMING = (p.OfClass, p.HasCode, p.HasText, p.FromSource, p.NamesRecipient, p.RefersTo)


def _held(**facts: object) -> Facts:
    return Facts("", "Observation", **facts)  # type: ignore[arg-type]


def _passing(connection: Connection, resources: Resources, condition: p.Condition) -> set[str]:
    wanted = compiled(condition, resources.digest, RULES)
    found = connection.execute(
        f"SELECT r.type || '/' || r.id FROM resource r WHERE {wanted.text}", wanted.values
    )
    return {name for (name,) in found}


def _agree(
    connection: Connection, resources: Resources, held: list[Facts], asked: list[p.Condition]
) -> None:
    named = [replace(each, reference=f"Observation/{number}") for number, each in enumerate(held)]
    for number, each in enumerate(named):
        resources.add(connection, new_version(each, number))
    for condition in asked:
        expected = {each.reference for each in named if p.holds(condition, each)}
        assert _passing(connection, resources, condition) == expected, condition


def test_dates_agree_to_the_microsecond(connection: Connection, resources: Resources) -> None:
    just_after = timedelta(microseconds=1)
    ends = [None, *DAYS, DAYS[1] + just_after, DAYS[2] - just_after]
    asked = [kind(a, b) for kind in (p.DatesWithin, p.DatesTouch) for a in ends for b in ends]
    _agree(connection, resources, [_held(dates=dates) for dates in DATED], asked)


def test_levels_and_topics_agree(connection: Connection, resources: Resources) -> None:
    held = [_held(topics=topics, level=level) for topics in range(4) for level in range(6)]
    asked: list[p.Condition] = [
        *(kind(level) for kind in (p.LevelAtMost, p.LevelAtLeast) for level in range(6)),
        *(kind(mask) for kind in (p.AnyTopic, p.TopicsWithin) for mask in range(4)),
    ]
    _agree(connection, resources, held, asked)


def test_what_is_in_doubt_or_under_the_ceiling_agrees(
    connection: Connection, resources: Resources
) -> None:
    doubts = ({"pending": True}, {"unjudged": True}, {})
    held = [_held(**doubt, ceiling=ceiling) for doubt in doubts for ceiling in (True, False)]
    _agree(connection, resources, held, [p.Pending(), p.Unjudged(), p.UnderCeiling()])


def test_what_is_said_of_one_row_says_nothing_of_another(
    connection: Connection, resources: Resources
) -> None:
    def saying(*names: str) -> Facts:
        held = frozenset(names)
        kinds = ("codes", "texts", "sources", "recipients", "references")
        return _held(classes=held | {A_TYPE}, **dict.fromkeys(kinds, held))

    one, other = f"{A_PROFILE}/1", f"{A_PROFILE}/2"
    asked = [
        kind(frozenset(names))
        for kind in NAMING
        for names in ((), (one,), (other,), (one, other), ("urn:nobody|3",))
    ]
    rows = [saying(one), saying(), saying(other), saying(one, other)]
    _agree(connection, resources, rows, [*asked, p.Unsourced(), *map(p.Not, asked)])


def test_few_names_and_many_find_the_same(connection: Connection, resources: Resources) -> None:
    """Around the number from which names are listed as one value."""
    held = [_held(references=frozenset({f"Task/{n}"})) for n in (0, FEW - 1, FEW, FEW + 1)]
    asked: list[p.Condition] = []
    for count in (0, 1, FEW, FEW + 1, FEW + 2):
        asked.append(p.RefersTo(frozenset(f"Task/{n}" for n in range(count))))
        asked.append(p.IsOneOf(frozenset(f"Observation/{n}" for n in range(count))))
    _agree(connection, resources, held, asked)


def test_few_names_stand_one_by_one(resources: Resources) -> None:
    def asked(count: int) -> Sql:
        named = frozenset(f"Task/{n}" for n in range(count))
        return compiled(p.IsOneOf(named), resources.digest, RULES)

    assert (asked(FEW).text.count("?"), len(asked(FEW).values)) == (FEW, FEW)
    assert (asked(FEW + 1).text.count("?"), len(asked(FEW + 1).values)) == (1, 1)


@pytest.mark.parametrize("kind", [*NAMING, p.IsOneOf])
def test_what_names_nothing_is_never_true_of_anything(
    resources: Resources, kind: Callable[[frozenset[str]], p.Condition]
) -> None:
    assert compiled(kind(frozenset()), resources.digest, RULES) is NEVER
    assert compiled(p.Not(kind(frozenset())), resources.digest, RULES) is ALWAYS


def test_a_type_is_asked_of_the_row_and_of_nothing_else(resources: Resources) -> None:
    def asked(*classes: str) -> Sql:
        return compiled(p.OfClass(frozenset(classes)), resources.digest, RULES)

    assert asked(A_TYPE) == Sql("r.type IN (?)", ("Observation",))
    assert "fact" in asked(A_TYPE, A_PROFILE).text
    assert "r.type" not in asked(A_PROFILE).text


def test_every_part_stands_in_an_expression_once() -> None:
    parts = [Sql(name, (name,)) for name in "abcde"]
    assert sql_and(*parts[:3]) == Sql("((a AND b) AND c)", ("a", "b", "c"))
    assert sql_or(*parts) == Sql("(((a OR b) OR (c OR d)) OR e)", tuple("abcde"))
