"""One query answers what is asked for and what may be seen: rows, counts and pages."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from consent.facts import Facts
from consent.labelling import Labels
from gateway.fhir.indexing import index, prefixed_date
from gateway.keys import Keys
from gateway.storage import identities, searching
from gateway.storage.conditions import HasDate, HasToken
from gateway.storage.predicate_sql import ALWAYS, NEVER, Sql
from gateway.storage.resources import NewVersion, Resources
from gateway.storage.sealing import DataKeys
from gateway.storage.searching import Criteria, Page

ALL = Page(None, -1)


class Shelf:
    """Puts Observations into a database, each about some of its people."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        resources: Resources,
        keys: Keys,
        data_keys: DataKeys,
    ) -> None:
        self.connection = connection
        self.resources = resources
        self.people = [
            identities.register(connection, keys, data_keys, f"p{n}", "a", None, None).identity
            for n in range(3)
        ]

    def put(self, id_: str, *people: int, updated: int = 1, **elements: Any) -> None:
        resource = {"resourceType": "Observation", "id": id_} | elements
        concerned = tuple(
            (self.people[n].id, "" if at else "patient") for at, n in enumerate(people)
        )
        new = NewVersion(
            resource=resource,
            type="Observation",
            id=id_,
            version=1,
            author="a",
            author_role="service",
            concerns=concerned,
            several=len(people) > 1,
            labels=Labels(),
            facts=Facts(f"Observation/{id_}", "Observation"),
            indexed=index(resource),
            delivered_to=frozenset(),
            updated=updated,
        )
        self.resources.add(self.connection, new)

    def find(self, visible: Sql = ALWAYS, page: Page = ALL, **asked: Any) -> list[str]:
        criteria = Criteria("Observation", **asked)
        found = searching.rows(self.connection, criteria, visible, page)
        if page is ALL:
            assert searching.count(self.connection, criteria, visible) == len(found)
        return [row.id for row in found]

    def of(self, *people: int) -> tuple[int, ...]:
        return tuple(self.people[n].id for n in people)


@pytest.fixture
def shelf(
    connection: sqlite3.Connection, resources: Resources, keys: Keys, data_keys: DataKeys
) -> Shelf:
    return Shelf(connection, resources, keys, data_keys)


def test_a_person_is_found_as_the_subject_and_not_elsewhere(shelf: Shelf) -> None:
    shelf.put("mine", 0)
    shelf.put("theirs", 1)
    shelf.put("theirs-naming-me", 1, 0)
    assert shelf.find(identities=shelf.of(0)) == ["mine"]
    assert shelf.find(identities=shelf.of(0, 1)) == ["mine", "theirs", "theirs-naming-me"]
    assert shelf.find(identities=()) == []


def test_pages_go_on_where_the_one_before_ended(shelf: Shelf) -> None:
    for number in range(7):
        shelf.put(f"o{number}", 0, updated=number // 2)
    seen: list[str] = []
    after = None
    while True:
        found = searching.rows(shelf.connection, Criteria("Observation"), ALWAYS, Page(after, 2))
        if not found:
            break
        seen += [row.id for row in found]
        after = (found[-1].updated, found[-1].id)
    assert seen == [f"o{number}" for number in range(7)]


def test_what_may_not_be_seen_is_not_in_rows_or_counts(shelf: Shelf) -> None:
    for number in range(4):
        shelf.put(f"o{number}", 0)
    even = Sql("r.id IN (?, ?)", ("o0", "o2"))
    assert shelf.find(even) == ["o0", "o2"]
    assert shelf.find(even, Page(None, 1)) == ["o0"]
    assert shelf.find(NEVER) == []
    assert shelf.find(ids=("o1", "o2", "nothing")) == ["o1", "o2"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2026-05-03", ["day"]),
        ("2026-05", ["day", "month"]),
        ("ne2026-05-03", ["month", "year"]),
        ("gt2026-05-03", ["month", "year"]),
        ("ge2026-05-03", ["day", "month", "year"]),
        ("lt2026-05-03", ["month", "year"]),
        ("le2026-05-03", ["day", "month", "year"]),
        ("sa2026-04", ["day", "month"]),
        ("sa2026-05", []),
        ("eb2027", ["day", "month", "year"]),
        ("eb2026-05-03", []),
    ],
)
def test_dates_are_compared_as_intervals(shelf: Shelf, asked: str, found: list[str]) -> None:
    """R4, section 3.1.1.4.7."""
    for name, text in (("day", "2026-05-03"), ("month", "2026-05"), ("year", "2026")):
        shelf.put(name, 0, effectiveDateTime=text)
    shelf.put("undated", 0)
    read = prefixed_date(asked)
    assert read is not None
    assert sorted(shelf.find(conditions=(HasDate("date", *read),))) == sorted(found)


def test_a_code_is_found_with_its_system_and_without(shelf: Shelf) -> None:
    shelf.put("one", 0, code={"coding": [{"system": "urn:s", "code": "c"}]})
    shelf.put("other", 0, code={"coding": [{"system": "urn:t", "code": "c"}]})
    for asked, found in (("urn:s|c", ["one"]), ("c", ["one", "other"]), ("urn:s|d", [])):
        token = HasToken("code", (shelf.resources.digest("token-code", asked),))
        assert shelf.find(conditions=(token,)) == found


def test_everyone_whom_the_rows_concern_is_asked(shelf: Shelf) -> None:
    shelf.put("alone", 0)
    shelf.put("both", 0, 1)
    shelf.put("elsewhere", 2)

    def concerned(**asked: Any) -> frozenset[int]:
        return searching.identities_concerned(shelf.connection, Criteria("Observation", **asked))

    assert concerned(identities=shelf.of(0)) == frozenset(shelf.of(0, 1))
    assert concerned(ids=("alone",)) == frozenset(shelf.of(0))
    assert concerned(ids=("both", "elsewhere")) == frozenset(shelf.of(0, 1, 2))
    assert concerned(ids=("nothing",)) == frozenset()
    assert searching.identities_concerned(
        shelf.connection, Criteria("Observation"), Sql("r.id = ?", ("elsewhere",))
    ) == frozenset(shelf.of(2))


def test_whoever_fails_is_found_by_their_own_rows(shelf: Shelf) -> None:
    shelf.put("alone", 0)
    shelf.put("both", 0, 1)
    passes = Sql("r.id = ?", ("alone",))
    numbers = {
        row.id: row.rid
        for row in searching.rows(shelf.connection, Criteria("Observation"), ALWAYS, ALL)
    }
    failing = [
        searching.failing(shelf.connection, "Observation", shelf.of(n), passes) for n in range(3)
    ]
    assert failing == [[numbers["both"]], [numbers["both"]], []]
