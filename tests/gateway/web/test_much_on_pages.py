"""Where much is held, many look and many services take part, the pages stay short and say all."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.storage.database import connect
from gateway.storage.directory import register_organization
from gateway.web.me.looks import PAGE, Look, paged


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def more_services(world, count: int) -> None:
    connection = connect(world.url)
    connection.begin(writing=True)
    for number in range(count):
        register_organization(
            connection,
            world.gateway.installation.resources,
            ods=f"MANY{number}",
            name=f"Service {number}",
            now=world.now,
            new_id=lambda: str(uuid4()),
        )
    connection.execute("COMMIT")
    connection.close()


def answered(world, times: int) -> None:
    for day in range(1, times + 1):
        world.send(
            "DAS01",
            "audit-c",
            recorded_at=f"2026-03-{day:02}T09:00",
            **{"auditc-1": "0"},
        )


def test_of_many_things_the_newest_stand_there_and_the_older_ones_open(person, world):
    answered(world, 12)
    page = person.get("/me").text
    before, _, after = page.partition("<summary")
    assert "On 12 March 2026." in before
    assert "On 2 March 2026." not in before
    assert "Show 2 older ones" in words(page)
    assert "On 2 March 2026." in after
    assert "On 1 March 2026." in after


def test_of_few_things_none_is_put_away(person, world):
    answered(world, 10)
    page = person.get("/me").text
    assert "older ones" not in page
    assert "On 1 March 2026." in page


def test_many_services_that_see_nothing_are_told_together_each_by_name(person, world):
    more_services(world, 8)
    told = words(person.get("/me").text)
    assert "Every service Cannot see: anything that other services wrote." in told
    assert "Show the names of these 11 services" in told
    assert "Service 7" in told


def test_a_service_that_sees_something_is_told_by_itself_among_many(person, world):
    more_services(world, 8)
    world.give(type="permit", actor=[world.recipient("HSG01")])
    told = words(person.get("/me").text)
    assert "Riverside Housing Can see: alcohol," in told
    assert "Every other service Cannot see: anything" in told
    assert "Show the names of these 10 services" in told


def test_few_services_are_told_one_by_one(person):
    told = words(person.get("/me").text)
    assert "Riverside Housing Cannot see: anything that other services wrote." in told
    assert "Show the names" not in told


def test_many_looks_are_told_page_by_page(person, world):
    world.know("HSG01")
    for _ in range(PAGE + 1):
        world.seen_by("HSG01", "Observation")
    first = person.get("/me/looks").text
    assert "Page 1 of 2" in words(first)
    assert first.count('<td class="nhsuk-table__cell"') == PAGE * 5
    assert 'href="/me/looks?page=2"' in first
    assert "Newer looks" not in first
    last = person.get("/me/looks?page=2").text
    assert "<title>Who looked, page 2 – One Story</title>" in last
    assert 'href="/me/looks?page=1"' in last
    assert "Older looks" not in last


def test_few_looks_are_told_on_one_page(person, world):
    world.know("HSG01")
    world.seen_by("HSG01", "Observation")
    assert "Page 1 of" not in words(person.get("/me/looks").text)


EVERY = tuple(Look(datetime(2026, 1, 1, tzinfo=UTC), str(n), "", "", "", "") for n in range(101))


@pytest.mark.parametrize(
    ("asked", "number", "first"),
    [
        ("", 1, "0"),
        ("1", 1, "0"),
        ("2", 2, "50"),
        ("3", 3, "100"),
        ("4", 3, "100"),
        ("0", 1, "0"),
        ("-1", 1, "0"),
        ("two", 1, "0"),
        ("²", 1, "0"),
        ("9" * 400, 1, "0"),
    ],
)
def test_a_page_that_is_none_is_the_nearest(asked, number, first):
    found = paged(EVERY, asked)
    assert (found.number, found.pages, found.looks[0].service) == (number, 3, first)


def test_no_looks_are_one_empty_page():
    assert (paged((), "2").looks, paged((), "2").pages) == ((), 1)


def test_a_visit_reads_no_more_however_often_the_person_came_before(person, world):
    world.know("HSG01")
    world.seen_by("HSG01", "Observation")

    def rows() -> int:
        connection = connect(world.url)
        (count,) = connection.execute("SELECT count(*) FROM audit").fetchone()
        connection.close()
        return int(count)

    def visited() -> int:
        before = rows()
        assert "Riverside Housing" in words(person.get("/me").text)
        return rows() - before

    first = visited()
    for _ in range(12):
        visited()
    assert visited() == first
    told = words(person.get("/me/looks").text)
    [own] = re.findall(r"You looked (\d+) times yourself", told)
    assert int(own) > 100  # more than one page of answers holds


def test_a_look_through_another_portal_is_told_like_anybodys(person, world):
    theirs = world.know("DAS01")
    elsewhere = replace(
        world.gateway.page_requester(theirs),
        client="another",
        organization=world.organizations["DAS01"],
        ods="DAS01",
    )
    asyncio.run(world.gateway.read(elsewhere, "Patient", theirs.removeprefix("Patient/")))
    told = words(person.get("/me/looks").text)
    assert "Who Clearwater Drug and Alcohol Service" in told
    assert "Why because you asked" in told
