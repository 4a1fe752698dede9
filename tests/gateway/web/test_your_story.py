"""The person's story on a page: what services wrote with them, to read and to print."""

from __future__ import annotations

import asyncio
import html
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

AUDIT_C = {"recorded_at": "2026-05-02", "auditc-1": "3", "auditc-2": "1", "auditc-3": "1"}
HOSTILE = '<script>alert("1")</script></article><h1>'


def awaited(coroutine):
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def words(page):
    text = re.sub(r"<(script|style|title)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def goal(world, text):
    mine = world.know("TMH01")
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": text},
        "subject": {"reference": mine},
    }


def test_the_first_page_leads_to_it(person):
    assert 'href="/me/story"' in person.get("/me").text


def test_it_tells_what_services_wrote_and_who_did(person, world):
    world.send("TMH01", "audit-c", **AUDIT_C)
    told = words(person.get("/me/story"))
    assert "What I have already told Alcohol (AUDIT-C)" in told
    assert "Result: 5 (a short talk about it can help)" in told
    assert "Northside Mental Health, 2 May 2026" in told
    assert "Please do not ask again" in told
    assert "Made on 3 May 2026" in told


def test_a_person_about_whom_nothing_is_held_is_told_so(person):
    told = words(person.get("/me/story"))
    assert "There is nothing to show here." in told
    assert "What I have already told" not in told


@pytest.mark.parametrize("text", [HOSTILE, "{{ 7 * 7 }}", "&lt;b&gt;"])
def test_words_of_a_record_are_words_on_the_page(person, world, text):
    before = len(re.findall(r"<(script|h1|article)\b", person.get("/me/story").text))
    world.write("TMH01", goal(world, text))
    page = person.get("/me/story")
    assert text in html.unescape(page.text)
    assert len(re.findall(r"<(script|h1|article)\b", page.text)) == before


def test_it_prints_without_controls(person):
    page = person.get("/me/story").text
    [main] = re.findall(r"<main.*?</main>", page, re.DOTALL)
    assert not re.search(r"<(form|button|input|script)\b", main)
    assert 'class="os-no-print"' in main


def test_each_look_at_it_is_one_row_that_names_what_was_shown(person, world):
    [reference] = [
        each
        for each in world.send("TMH01", "audit-c", **AUDIT_C)
        if each.startswith("QuestionnaireResponse/")
    ]
    person.get("/me/story")
    me = world.gateway.page_requester(world.patient)
    found = world.search(me, "AuditEvent", ("entity", reference))
    asked = [one for one in found if "'code': 'operation'" in str(one)]
    assert len(asked) == 1


def test_a_service_that_read_it_is_told_to_the_person(person, world):
    mine = world.know("TMH01").partition("/")[2]
    awaited(world.gateway.story(world.service("TMH01"), mine))
    told = words(person.get("/me/looks"))
    assert "Northside Mental Health What they asked to see your story" in told


def test_nobody_reads_it_who_is_not_signed_in(visitor):
    answer = visitor().get("/me/story")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
