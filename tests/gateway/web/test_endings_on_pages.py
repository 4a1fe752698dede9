"""What the pages say of services that were told that a choice ended, until they confirm it."""

from __future__ import annotations

import asyncio
import html
import re

import msgspec
import pytest

from gateway.actions.addressing import Address
from gateway.web.session import Door

AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}
DRUGS = "DAS01"


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@pytest.fixture
def ended(world):
    """The drug service looked at the answers; then the person said no. Its notice."""
    answers = next(
        each for each in world.send("TMH01", "audit-c", **AUDIT_C) if each.startswith("Question")
    )
    world.know(DRUGS)
    world.give(type="permit", actor=[world.recipient(DRUGS)])
    world.look(DRUGS, Address(*answers.split("/")))
    world.give(type="deny", actor=[world.recipient(DRUGS)])
    return notice(world)


@pytest.fixture
def me(world, visitor):
    """The person's page, whenever they come."""
    return lambda: _arrived(visitor, Door.ME, world.patient).get("/me")


@pytest.fixture
def queue(visitor):
    """The officer's page."""
    return lambda: _arrived(visitor, Door.DPO, "A. Officer").get("/dpo/queue")


def _arrived(visitor, door, subject):
    arrived = visitor()
    arrived.sign_in(door, subject)
    return arrived


def notice(world):
    owned = ("owner", world.organizations[DRUGS])
    [found] = world.search(world.service(DRUGS), "Task", owned)
    return found


def answers(world, found, status, **more):
    body = msgspec.json.encode(found | {"status": status} | more)
    service = world.service(DRUGS)
    answer = asyncio.run(world.gateway.update(service, "Task", found["id"], body, None))
    assert answer.status == 200, answer.body


def chase(world):
    return asyncio.run(world.gateway.chase())


def test_r51_the_person_sees_who_was_told_and_has_not_confirmed(world, ended, me, queue):
    told = words(me())
    assert "Who was told that you changed your mind" in told
    assert (
        "Clearwater Drug and Alcohol Service Told on 3 May 2026. It has not confirmed this yet."
        " We ask again after 10 May 2026."
    ) in told
    world.wait(days=8)
    chase(world)
    assert "We asked again on 11 May 2026." in words(me())
    world.wait(days=8)
    chase(world)
    assert "We asked again 2 times, last on 19 May 2026." in words(me())
    seen = words(queue())
    assert "Told that a choice ended, and not confirmed yet" in seen
    assert "It has not answered. Ask it by another way." in seen
    assert "Asked again 2 times, last on 19 May 2026" in seen
    assert f"Task/{ended['id']}" in seen


def test_what_is_confirmed_is_said_and_leaves_the_officers_list(world, ended, me, queue):
    world.wait(days=1)
    answers(world, ended, "completed")
    assert "It confirmed this on 4 May 2026." in words(me())
    assert f"Task/{ended['id']}" not in queue().text
    world.wait(days=100)
    assert "Who was told" not in words(me())


def test_a_service_that_cannot_confirm_is_shown_with_its_reason(world, ended, me, queue):
    answers(world, ended, "rejected", statusReason={"text": "It is in <our> archive."})
    for page in (me(), queue()):
        assert "It is in <our> archive." in words(page)
        assert "It says that it cannot confirm" in words(page)


def test_a_notice_is_no_part_of_what_is_held(world, ended, me):
    told = words(me()).partition("What is held")[2].partition("Who can see")[0]
    assert "changed what may be shared" not in told


def test_who_had_seen_nothing_is_not_named(world, me):
    world.know(DRUGS)
    world.give(type="permit", actor=[world.recipient(DRUGS)])
    world.give(type="deny", actor=[world.recipient(DRUGS)])
    assert "Who was told" not in words(me())


def test_one_that_nobody_could_tell_is_the_officers(world, visitor, me, queue):
    answers_ = next(
        each for each in world.send("TMH01", "audit-c", **AUDIT_C) if each.startswith("Question")
    )
    patient = world.know(DRUGS)
    world.give(type="permit", actor=[world.recipient(DRUGS)])
    world.look(DRUGS, Address(*answers_.split("/")))
    address = Address(*patient.split("/"))
    assert asyncio.run(world.gateway.delete(world.service(DRUGS), address)).status == 204
    world.give(type="deny", actor=[world.recipient(DRUGS)])
    assert "It keeps no record of you here any more" in words(me())
    world.give(type="permit", actor=[world.recipient(DRUGS)])  # which calls nothing off
    assert "A service that could not be told that a choice ended" in words(queue())
    at_queue = _arrived(visitor, Door.DPO, "A. Officer")
    held = dict(
        re.findall(r'name="(item|form_token)" value="([^"]+)"', at_queue.get("/dpo/queue").text)
    )
    note = "Wrote to the service; it deleted it."
    at_queue.post("/dpo/queue", do="clear", item=held["item"], note=note)
    assert "Our data protection officer dealt with it on 3 May 2026." in words(me())
    assert "Could not be told here" not in words(at_queue.get("/dpo/queue"))
