"""What the person is told of emergency looks and disclosures, and how they say no."""

from __future__ import annotations

import html
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gateway.actions.disclosing import AGREED, PROPOSED, Proposal
from gateway.storage.database import connect
from gateway.storage.officers import Officer, add
from gateway.web.events import Event
from gateway.web.me.without_asking import without_asking
from gateway.web.services import Services
from gateway.web.session import Door

sys.path.insert(0, str(Path(__file__).parent))  # the module beside this file

from breaking import WHY, awaited, breaks

AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def seen(world, requester, patient):
    answer = awaited(world.gateway.search(requester, "Observation", [("patient", patient)]))
    assert answer.status == 200
    return len(msgspec.json.decode(answer.body).get("entry", []))


@pytest.fixture
def patient(world):
    """The person at the housing service, with something that another service wrote."""
    world.send("DAS01", "audit-c", **AUDIT_C)
    return world.know("HSG01")


def test_the_first_page_tells_who_looked_when_and_why(world, person, patient):
    assert "You were not asked" not in words(person.get("/me"))
    doctor = breaks(world, "HSG01", patient)
    world.wait(minutes=5)
    assert seen(world, doctor, patient) == 1
    assert breaks(world, "HSG01", patient, "Still not awake now")
    for page in ("/me", "/me/emergencies"):
        told = words(person.get(page))
        assert "3 May 2026 at 11:00am: Riverside Housing, Dr Asha Example" in told
        assert f"Why, in their words: “{WHY}” They were shown one thing." in told
        assert told.count("Why, in their words") == 1
    world.wait(days=31)
    person.sign_in(Door.ME, world.patient)
    assert "You were not asked" not in words(person.get("/me"))
    assert "Dr Asha Example" in words(person.get("/me/emergencies"))


def test_a_look_with_consent_is_no_emergency(world, person, patient):
    world.seen_by("HSG01", "Observation")
    told = words(person.get("/me/emergencies"))
    assert "Nobody has." in told
    assert "You were not asked" not in words(person.get("/me"))


def test_where_the_person_chooses_they_read_that_they_can_say_no_to_emergencies(person, patient):
    shown = person.get("/me/choices/new")
    told = words(shown)
    assert "In an emergency, someone could still look, unless you say no to that too" in told
    assert 'href="/me/emergencies"' in shown.text


def test_saying_no_stops_emergencies_and_nothing_else(world, person, patient):
    world.give(
        type="permit",
        actor=[world.recipient("HSG01")],
        securityLabel=[
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"},
            {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"},
        ],
    )
    told = words(person.get("/me/emergencies"))
    assert "someone at a service that knows you could look at your record" in told
    assert person.post("/me/emergencies").status_code == 303
    told = words(person.get("/me/emergencies"))
    assert "Nobody can look at what other services wrote about you, even in an emergency." in told
    assert "You said that nobody may look, even in an emergency." in told
    assert seen(world, breaks(world, "HSG01", patient), patient) == 0
    assert len(world.seen_by("HSG01", "Observation")) == 1
    assert "You said that nobody may look, even in an emergency." in words(person.get("/me"))


def test_saying_no_twice_is_saying_it_once_and_it_can_be_taken_back(world, person, patient):
    for _ in range(2):
        assert person.post("/me/emergencies").status_code == 303
        person.get("/me/emergencies")
    assert len(world.consents()) == 1
    back = re.search(r'href="(/me/choices/[^"]+/take-back)"', person.page.text)[1]
    assert "You said that nobody may look" in words(person.get(back))
    assert person.post(back).status_code == 303
    told = words(person.get("/me/emergencies"))
    assert "could look at your record" in told
    doctor = breaks(world, "HSG01", patient)
    assert seen(world, doctor, patient) == 1


def test_a_no_that_names_one_service_is_told_as_such(world, person, patient):
    purposes = [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code}
        for code in ("BTG", "ETREAT")
    ]
    inside = {"type": "deny", "purpose": purposes, "actor": [world.recipient("HSG01")]}
    world.give(
        type="permit", purpose=purposes, actor=[world.recipient("HSG01")], provision=[inside]
    )
    told = words(person.get("/me/emergencies"))
    assert "these services could look at your record" in told
    assert "These could not: Riverside Housing." in told
    assert "Say no to looks in an emergency" in told


def proposed(world, basis, reason, untold):
    """An officer, a guardian, and what the officer proposes to give to HSG01."""
    connection = connect(world.url)
    add(connection, Officer("G. Guardian", guardian=True))
    connection.close()
    [score] = [each["id"] for each in world.seen_by("DAS01", "Observation")]
    proposal = Proposal(
        recipient=world.organizations["HSG01"],
        references=(f"Observation/{score}",),
        basis=basis,
        reason=reason,
        untold=untold,
    )
    officer, guardian = map(world.gateway.officer_requester, ("A. Officer", "G. Guardian"))
    assert awaited(world.gateway.propose_disclosure(officer, proposal)).status == 201
    [one] = awaited(world.gateway.disclosures(officer))
    return (officer, guardian), one


@pytest.mark.parametrize(("untold", "is_told"), [(None, True), ("He threatened us before.", False)])
def test_a_disclosure_is_told_unless_that_would_cause_harm(world, person, patient, untold, is_told):
    (_, guardian), one = proposed(world, "court-order", "Order 12 of 1 May 2026", untold)
    assert "was given the right" not in words(person.get("/me"))
    assert awaited(world.gateway.agree_disclosure(guardian, one.disclosure.id)).status == 204
    sentence = (
        "Riverside Housing was given the right to see one thing, because a court ordered it."
        " A. Officer and G. Guardian decided this."
        " Why, in their words: “Order 12 of 1 May 2026” Nobody has it yet."
    )
    for page in ("/me", "/me/emergencies"):
        assert (sentence in words(person.get(page))) is is_told
        assert is_told or "Guardian" not in words(person.page)
    body = {"name": "disclosure", "valueId": one.disclosure.id}
    asked = msgspec.json.encode({"resourceType": "Parameters", "parameter": [body]})
    assert awaited(world.gateway.disclosed(world.service("HSG01"), asked)).status == 200
    assert ("It was fetched on" in words(person.get("/me"))) is is_told


def test_what_was_not_told_can_be_told_later(world, person, patient):
    (officer, guardian), one = proposed(
        world, "safeguarding", "A conference asked for it", "He threatened us before."
    )
    early = awaited(world.gateway.tell_of_disclosure(officer, one.disclosure.id))
    assert early.status == 409
    assert awaited(world.gateway.agree_disclosure(guardian, one.disclosure.id)).status == 204
    assert "conference" not in words(person.get("/me"))
    told = awaited(world.gateway.tell_of_disclosure(officer, one.disclosure.id))
    assert told.status == 204
    shown = words(person.get("/me"))
    assert "Riverside Housing was given the right to see one thing, to keep someone safe." in shown
    assert "Two officers decided this. Why, in their words: “A conference asked for it”" in shown
    assert "It was decided earlier." in shown
    again = awaited(world.gateway.tell_of_disclosure(officer, one.disclosure.id))
    assert again.status == 409


def test_what_was_taken_back_is_told_as_such(world, person, patient):
    connection = connect(world.url)
    add(connection, Officer("G. Guardian", guardian=True))
    connection.close()
    [score] = [each["id"] for each in world.seen_by("DAS01", "Observation")]
    listed = (f"Observation/{score}",)
    proposal = Proposal(world.organizations["HSG01"], listed, "court-order", "Order 12 of May")
    officer, guardian = map(world.gateway.officer_requester, ("A. Officer", "G. Guardian"))
    assert awaited(world.gateway.propose_disclosure(officer, proposal)).status == 201
    [one] = awaited(world.gateway.disclosures(officer))
    assert awaited(world.gateway.agree_disclosure(guardian, one.disclosure.id)).status == 204
    assert awaited(world.gateway.withdraw_disclosure(officer, one.disclosure.id)).status == 204
    assert "It was taken back before anybody had it." in words(person.get("/me"))


def test_what_of_a_disclosure_is_not_there_to_read_breaks_nothing():
    """The page reads so many entries and no more: the first step may be beyond them."""
    at = datetime(2026, 5, 3, tzinfo=UTC)
    step = {"organization": "", "role": "officer", "purpose": "HCOMPL", "asked": "d1"}
    more = {"entities": (), "consents": (), "outcome": "0"}
    first = Event("1", at, PROPOSED, who="A", reason="safeguarding: why", **step, **more)
    agreed = Event("2", at, AGREED, who="B", reason="", **step, **more)
    services = Services((), "Organization/p")
    assert without_asking([agreed], services, 4).disclosures == ()
    [told] = without_asking([first, agreed], services, 4).disclosures
    assert told.by == "A and B"
