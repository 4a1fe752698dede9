"""What a visitor is told when something is not there, or nothing can be recorded."""

from __future__ import annotations

import asyncio
import html
import re

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request

from gateway.routes.middleware import Around
from gateway.storage.database import connect
from gateway.web import signing, site


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_where_nothing_can_be_recorded_nothing_is_shown(person, world):
    world.send("DAS01", "audit-c", recorded_at="2026-05-02T09:00", **{"auditc-1": "0"})
    connection = connect(world.url)
    connection.execute("ALTER TABLE audit RENAME TO elsewhere")
    connection.close()
    shown = person.get("/me")
    assert shown.status_code == 503
    assert "It is our fault, not yours." in words(shown)
    assert "AUDIT-C" not in words(shown)


def test_where_nothing_can_be_recorded_no_choice_is_saved(person, world):
    person.get("/me/choices/new")
    connection = connect(world.url)
    connection.execute("ALTER TABLE audit RENAME TO elsewhere")
    form = {"service": world.organizations["HSG01"], "may": "yes", "topics": ["alcohol"]}
    shown = person.post("/me/choices/new", step="save", **form)
    assert shown.status_code == 503
    (count,) = connection.execute("SELECT count(*) FROM resource WHERE type = 'Consent'").fetchone()
    connection.close()
    assert count == 0


def test_an_address_without_a_page_answers_with_one():
    shown = signing.missing(Request({"type": "http", "path": "/nowhere", "headers": []}), 404)
    assert shown.status_code == 404
    assert b"This page is not here" in shown.body


def test_a_form_that_cannot_be_read_says_that_nothing_was_changed():
    shown = signing.missing(Request({"type": "http", "path": "/me", "headers": []}), 400)
    assert shown.status_code == 400
    assert b"nothing was changed" in shown.body


@pytest.mark.parametrize("path", ["/me", "/dpo/queue", "/", "/sign-in"])
def test_where_something_of_ours_breaks_a_visitor_sees_a_page(path):
    shown = broken(path)
    assert shown.status_code == 500
    assert shown.headers["content-type"].startswith("text/html")
    assert "It is our fault, not yours." in words(shown)


@pytest.mark.parametrize("path", ["/fhir/Observation", "/cds-services", "/oauth/token", "/metrics"])
def test_where_something_of_ours_breaks_a_program_gets_what_it_can_read(path):
    shown = broken(path)
    assert shown.status_code == 500
    assert shown.json()["resourceType"] == "OperationOutcome"


def broken(path):
    """The answer where whatever is asked for fails."""

    async def failing(scope, receive, send):
        raise LookupError

    around = Around(failing, CollectorRegistry(), signing.broken)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(around), base_url="http://pages.test")
    return asyncio.run(client.get(path))


def test_pages_that_were_never_built_are_not_served(monkeypatch, tmp_path):
    monkeypatch.setattr(site, "STATIC", tmp_path)
    with pytest.raises(site.NotBuiltError, match=re.escape("src/gateway/web/build.py")):
        site.routes()
