"""$story as a document or as a page: by _format, or by what the client would rather have."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from absence_server import Came, Sent, Server, made_id
from two_worlds import World, told_to

from mappings.story_html import policy


@pytest.fixture(scope="module")
def world(opened: Callable[[], Server]) -> World:
    return told_to(opened(), made_id("withheld", 2), whole=True)


_moments = iter(range(2_000, 3_000))


def asked(
    world: World, accept: str = "", query: str = "", method: str = "GET", body: bytes = b""
) -> Came:
    assert world.mine is not None
    headers: tuple[tuple[str, str], ...] = (("Accept", accept),) if accept else ()
    if body:
        headers += (("Content-Type", "application/fhir+json"),)
    moment = next(_moments)
    world.server.steps.begin(f"asked {moment}", moment)
    path = f"/fhir/{world.mine['DA1']}/$story{query}"
    return world.server.ask(Sent(method, path, headers, body), world.server.token("DA1"))


def header(came: Came, name: str) -> str:
    return next((value.decode() for each, value in came.headers if each == name.encode()), "")


PAGES = (
    ("text/html", ""),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ""),
    ("application/fhir+json;q=0.5, text/html", ""),
    ("application/fhir+json", "?_format=html"),
    ("", "?_format=text/html"),
)
DOCUMENTS = (
    ("", ""),
    ("*/*", ""),
    ("application/fhir+json", ""),
    ("application/fhir+json, text/html;q=0.9", ""),
    ("text/html;q=0.2, */*;q=0.9", ""),
    ("text/html;q=nan, application/fhir+json;q=0.1", ""),
    ("text/html", "?_format=json"),
)


@pytest.mark.parametrize(("accept", "query"), PAGES)
def test_a_page_is_given_to_whoever_asks_for_one(world: World, accept: str, query: str) -> None:
    came = asked(world, accept, query)
    assert came.status == 200
    assert header(came, "content-type") == "text/html; charset=utf-8"
    assert header(came, "content-security-policy") == policy()
    assert header(came, "x-content-type-options") == "nosniff"
    assert header(came, "cache-control") == "no-store"
    assert came.body.startswith(b"<!DOCTYPE html>")
    assert b"What I have already told" not in came.body or b"<ul>" in came.body


@pytest.mark.parametrize(("accept", "query"), DOCUMENTS)
def test_a_document_is_given_to_everyone_else(world: World, accept: str, query: str) -> None:
    came = asked(world, accept, query)
    assert (came.status, header(came, "content-type")) == (200, "application/fhir+json")
    assert (came.json["resourceType"], came.json["type"]) == ("Bundle", "document")


def test_another_form_is_not_acceptable(world: World) -> None:
    assert asked(world, "application/pdf").status == 406


def test_what_is_refused_is_told_as_an_outcome(world: World) -> None:
    came = asked(world, "text/html", "?graph=x")
    assert (came.status, came.json["resourceType"]) == (400, "OperationOutcome")


def test_it_may_be_posted_with_no_parameters_and_with_no_others(world: World) -> None:
    assert asked(world, method="POST").status == 200
    assert asked(world, method="POST", body=b'{"resourceType":"Parameters"}').status == 200
    named = b'{"resourceType":"Parameters","parameter":[{"name":"x","valueString":"y"}]}'
    assert asked(world, method="POST", body=named).status == 400
    assert asked(world, method="POST", body=b"{").status == 400
    assert asked(world, method="POST", body=b"[]").status in (400, 422)
