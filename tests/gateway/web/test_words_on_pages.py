"""Words that have to be true, and to be understood by whoever reads them."""

from __future__ import annotations

import html
import re

from gateway.web import wording
from gateway.web.session import Door
from gateway.web.signing_in import link

AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}
TITLE = re.compile(r"<title>(.*?)</title>")


def words(page) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_every_page_names_what_can_be_seen_without_a_yes(visitor):
    told = words(visitor().get("/"))
    for exception in ("a referral", "in an emergency", "when the law allows it"):
        assert exception in told.partition("A few things can be seen without a yes:")[2]


def test_the_steps_of_signing_in_have_titles_of_their_own(visitor, world):
    address = link(world.keys.session, Door.ME, world.patient, world.now, "http://pages.test")
    paths = ("/sign-in", address.removeprefix("http://pages.test"), "/sign-in/old", "/signed-out")
    titles = [TITLE.search(visitor().get(path).text)[1] for path in paths]
    assert titles == [
        "Sign in – One Story",
        "Use your link – One Story",
        "This link does not work – One Story",
        "You are signed out – One Story",
    ]


def test_where_no_writer_is_named_nobody_is_sent_to_them(person, world):
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Swim on Sundays"},
        "subject": {"reference": world.know("TMH01")},
    }
    told = words(person.get(f"/me/held/{world.write('TMH01', goal)}"))
    assert "Written by a service that is not named here." in told
    assert "If something here is wrong, tell a service that you know." in told


def test_where_a_writer_is_named_it_is_the_one_to_tell(person, world):
    sent = world.send("DAS01", "audit-c", **AUDIT_C)
    told = words(person.get(f"/me/held/{sent[1]}"))
    assert "If something here is wrong, tell Clearwater Drug and Alcohol Service." in told


def test_a_score_stands_once_and_not_among_the_answers_too(person, world):
    sent = world.send("DAS01", "audit-c", **AUDIT_C)
    assert words(person.get(f"/me/held/{sent[1]}")).count("AUDIT-C total") == 1


def test_a_receipt_names_the_version_as_the_log_does(person, world, officer):
    person.get("/me/choices/new")
    form = {"service": world.organizations["HSG01"], "may": "yes", "topics": ["alcohol"]}
    saved = person.post("/me/choices/new", step="save", **form).headers["location"]
    world.send("DAS01", "audit-c", **AUDIT_C)
    world.know("HSG01")
    assert world.seen_by("HSG01", "Observation") != []
    receipt = words(person.get(saved.replace("/saved", "/receipt")))
    [version] = re.findall(r"as the log names them (Consent/\S+/_history/\d+)", receipt)
    assert version in words(officer.get("/dpo"))


def test_a_reason_to_look_is_told_in_words_and_an_unlisted_one_is_not_hidden():
    assert wording.reason("HLEGAL") == "because of the law"
    assert wording.reason("ALTCHOICE") == "for another reason (ALTCHOICE)"
