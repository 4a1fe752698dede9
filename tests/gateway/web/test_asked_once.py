"""A service that fills in a form with what a person has told shows among those who looked."""

from __future__ import annotations

import asyncio
import html
import json
import re
from concurrent.futures import ThreadPoolExecutor


def awaited(coroutine):
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_the_person_is_told_what_was_asked_for(person, world):
    subject = {"name": "subject", "valueReference": {"reference": world.know("TMH01")}}
    body = json.dumps({"resourceType": "Parameters", "parameter": [subject]}).encode()
    service = world.service("TMH01")
    assert awaited(world.gateway.populate_from(service, "audit-c", body)).status == 200
    told = words(person.get("/me/looks"))
    asked, why = "What they asked to see what you have answered before", "Why to care for you"
    assert f"{asked} {why} What they were shown nothing" in told
    world.send("TMH01", "audit-c", recorded_at="2026-05-02", **{"auditc-1": "3"})
    assert awaited(world.gateway.populate_from(service, "audit-c", body)).status == 200
    told = words(person.get("/me/looks"))
    assert f"{asked} {why} What they were shown one thing" in told


def test_a_read_of_an_answer_is_told_as_such(person, world):
    [reference] = [
        each
        for each in world.send("TMH01", "audit-c", recorded_at="2026-05-02", **{"auditc-1": "3"})
        if each.startswith("QuestionnaireResponse/")
    ]
    id_ = reference.partition("/")[2]
    awaited(world.gateway.read(world.service("TMH01"), "QuestionnaireResponse", id_))
    told = words(person.get("/me/looks"))
    assert "What they asked to see answers to questions" in told
    assert "what you have answered before" not in told
