"""Those who may decide for a person, on the person's pages: named, and what is kept from them."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import replace

import pytest

from gateway.actions.deputising import NewDelegate
from gateway.storage.delegates import Basis

ADA = "https://portal.example/user|71"
AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}


def words(page):
    text = re.sub(r"<(script|style|title)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def ada(world):
    """A deputy of the person, at the same portal; an alcohol score is held."""
    world.send("DAS01", "audit-c", **AUDIT_C)
    _recorded(world)
    me = world.gateway.page_requester(world.patient)
    return replace(me, purpose="PWATRNY", practitioner=ADA)


def _recorded(world, identifier=ADA, called="Ada Example"):
    new = NewDelegate(world.patient, identifier, called, Basis.DEPUTY, "order seen")
    officer = world.gateway.officer_requester("P. Officer")
    answer = asyncio.run(world.gateway.add_delegate(officer, new))
    return re.search(rb'"id":"([^"]+)"', answer.body)[1].decode()


def _sees(world, ada):
    return len(world.search(ada, "Observation", ("patient", world.patient)))


def _deputy(person):
    """The value of the one deputy on the form."""
    return re.search(r'value="(deputy/[^"]+)"', person.get("/me/choices/new").text)[1]


def test_who_may_decide_is_named_on_the_first_page(person, ada):
    shown = words(person.get("/me"))
    assert "Who may decide for you" in shown
    assert "Ada Example may decide for you about sharing" in shown
    assert ADA not in person.page.text


def test_nobody_is_named_where_nobody_may(person):
    assert "Who may decide for you" not in words(person.get("/me"))
    assert "They may decide for you" not in words(person.get("/me/choices/new"))


def test_whose_record_has_ended_is_not_named(person, world):
    record = _recorded(world)
    asyncio.run(world.gateway.end_delegate(world.gateway.officer_requester("P. Officer"), record))
    assert "Who may decide for you" not in words(person.get("/me"))


def test_a_topic_is_kept_from_a_delegate_on_the_page(person, world, ada):
    assert _sees(world, ada) == 1
    form = {"service": _deputy(person), "may": "no", "topics": ["alcohol"]}
    checked = person.post("/me/choices/new", step="check", **form)
    assert "Ada Example may not see anything about alcohol." in words(checked)
    assert "Ada Example is not told of this." in words(checked)
    saved = person.post("/me/choices/new", step="save", **form)
    assert saved.status_code == 303
    assert _sees(world, ada) == 0
    assert world.search(ada, "Consent", ("patient", world.patient)) == []
    shown = words(person.get("/me"))
    assert "You said on 3 May 2026 that Ada Example may not see anything about alcohol." in shown


def test_what_was_kept_is_given_back(person, world, ada):
    form = {"service": _deputy(person), "may": "no", "topics": ["alcohol"]}
    choice = person.post("/me/choices/new", step="save", **form).headers["location"].split("/")[3]
    assert _sees(world, ada) == 0
    person.get(f"/me/choices/{choice}/take-back")
    assert person.post(f"/me/choices/{choice}/take-back").status_code == 303
    assert _sees(world, ada) == 1


def test_a_topic_kept_from_a_delegate_is_kept_from_no_service(person, world, ada):
    world.know("HSG01")
    yes = {"service": world.organizations["HSG01"], "may": "yes", "topics": ["alcohol"]}
    person.get("/me/choices/new")
    person.post("/me/choices/new", step="save", **yes)
    form = {"service": _deputy(person), "may": "no", "topics": ["alcohol"]}
    person.post("/me/choices/new", step="save", **form)
    assert len(world.seen_by("HSG01", "Observation")) == 1


def test_a_delegate_needs_no_yes(person, world, ada):
    form = {"service": _deputy(person), "may": "yes", "topics": ["alcohol"]}
    answer = person.post("/me/choices/new", step="save", **form)
    assert answer.status_code == 422
    assert "Ada Example needs no yes from you." in words(answer)
    assert world.consents() == []
