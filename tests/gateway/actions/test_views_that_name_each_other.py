"""What is released in parts, and leads to itself through others, is one and the same whatever was
asked before, and is released in time."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from callers import MOOD, House, body_of, consent, patient, score

Json = dict[str, Any]
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OURS = "https://onestory.example/fhir/CodeSystem/topic"
TOPICS = {"ETHUD": ACT, "MH": ACT, "self-harm": OURS, "smoking": OURS, "physical": OURS}
CODES = ("75626-2", MOOD, "72166-2")


def _labels(*topics: str) -> list[Json]:
    return [{"system": TOPICS[each], "code": each} for each in topics]


def _said(house: House, rng: random.Random) -> str:
    """What a person lets the drug service see, at random; their Patient at the trust."""
    me, drugs = house.person(), house.organizations["DA1"]
    for topics in (("ETHUD",), ("smoking",), ("MH", "self-harm")):
        if rng.random() < 0.8:
            me.writes(consent(me.me, "permit", drugs, securityLabel=_labels(*topics)))
    if rng.random() < 0.3:
        about = _labels("ETHUD", "smoking")
        me.writes(consent(me.me, "permit", drugs, securityLabel=about))
    if rng.random() < 0.3:
        about = _labels(rng.choice(("ETHUD", "MH", "self-harm", "smoking")))
        me.writes(consent(me.me, "deny", drugs, securityLabel=about))
    house.drugs.writes(patient())
    return house.trust.writes(patient())


def _list(subject: str, *named: str) -> Json:
    return {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "subject": {"reference": subject},
        "entry": [{"item": {"reference": each}} for each in named],
    }


def _names(house: House, listed: str, *others: str) -> None:
    stored = house.trust.read(listed)
    stored["entry"] += [{"item": {"reference": each}} for each in others]
    assert house.trust.put(stored).status == 200


@pytest.mark.parametrize("seed", range(8))
def test_a_page_shows_each_as_a_read_does(house: House, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - told again by its seed
    theirs = _said(house, rng)
    scores = [house.trust.writes(score(theirs, rng.choice(CODES))) for _ in range(4)]
    lists = [
        house.trust.writes(_list(theirs, *rng.sample(scores, rng.randint(1, 2)))) for _ in range(5)
    ]
    for each in lists:
        others = [one for one in lists if one != each]
        _names(house, each, *rng.sample(others, rng.randint(1, 3)))
    page = body_of(house.drugs.ask("List", _id=",".join(each.split("/")[1] for each in lists)))
    found = {f"List/{each['resource']['id']}": each["resource"] for each in page.get("entry", ())}
    for each in lists:
        answer = house.drugs.get(each)
        assert answer.status == (200 if each in found else 404)
        assert answer.status == 404 or body_of(answer) == found[each]


def test_many_that_name_each_other_are_read_in_time(house: House) -> None:
    """Once each way from one to the others was gone: more than a minute for eight."""
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    house.drugs.writes(patient())
    theirs = house.trust.writes(patient())
    alcohol = house.trust.writes(score(theirs))
    lists = [house.trust.writes(_list(theirs, alcohol)) for _ in range(8)]
    for each in lists:
        _names(house, each, *(one for one in lists if one != each))
    begun = time.monotonic()
    assert len(house.drugs.read(lists[0])["entry"]) == 8
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(("code", "seen"), [("75626-2", True), ("72166-2", False)])
def test_what_leads_to_another_topic_through_three_is_about_both(
    house: House, code: str, seen: bool
) -> None:
    """Alcohol may be seen and smoking may be, each with blood pressure: not what is about both."""
    me, drugs = house.person(), house.organizations["DA1"]
    for topic in ("ETHUD", "smoking"):
        about = _labels(topic, "physical")
        me.writes(consent(me.me, "permit", drugs, securityLabel=about))
    house.drugs.writes(patient())
    theirs = house.trust.writes(patient())
    last = house.trust.writes(_list(theirs, house.trust.writes(score(theirs, code))))
    pressure, alcohol = (house.trust.writes(score(theirs, each)) for each in ("8480-6", "75626-2"))
    third = house.trust.writes(_list(theirs, last, pressure))
    second = house.trust.writes(_list(theirs, third, alcohol))
    first = house.trust.writes(_list(theirs, second))
    assert len(house.drugs.read(second)["entry"]) == 2
    assert (house.drugs.get(first).status == 200) == seen
