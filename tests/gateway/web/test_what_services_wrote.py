"""What a service wrote down for a person: shown, asked about with nothing preset, answered."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import replace

import pytest

from gateway.actions.deputising import NewDelegate
from gateway.storage.delegates import Basis

AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}
ALCOHOL = [
    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"},
    {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"},
]


def words(page):
    text = re.sub(r"<(script|style|title)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def screened(world):
    """An alcohol screening is held."""
    world.send("DAS01", "audit-c", **AUDIT_C)
    return world


def _writes(world, kind="permit", status="active", ods="HSG01", patient=None):
    """Housing writes down what the person said about it."""
    patient = patient or world.know("HSG01")
    return world.write("HSG01", _consent(world, kind, status, ods, patient)).partition("/")[2]


def _consent(world, kind, status, ods, patient):
    return {
        "resourceType": "Consent",
        "status": status,
        "scope": _concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": patient},
        "dateTime": "2026-05-02T15:00:00+01:00",
        "performer": [{"reference": patient}],
        "policyRule": _concept("v3-ActCode", "OPTOUT"),
        "provision": {
            "type": kind,
            "actor": [world.recipient(ods)],
            "securityLabel": ALCOHOL if kind == "permit" else ALCOHOL[:1],
        },
    }


def _concept(system, code):
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def _status(world, consent):
    return next(one["status"] for one in world.consents() if one["id"] == consent)


def _sees(world):
    return len(world.seen_by("HSG01", "Observation"))


def test_the_person_is_asked_on_their_first_page(person, world):
    consent = _writes(world)
    shown = words(person.get("/me"))
    assert "Please say if this is right" in shown
    assert "Riverside Housing wrote down that you told them:" in shown
    assert f'href="/me/choices/{consent}/told"' in person.page.text


def test_what_a_service_wrote_is_never_shown_as_the_persons_own(person, world):
    """Also where the service named the person as performer."""
    _writes(world)
    shown = words(person.get("/me"))
    assert "Riverside Housing wrote on 2 May 2026 that you said this." in shown
    assert "You said on 2 May" not in shown
    assert "stays until you take it back" not in shown
    assert "It counts for Riverside Housing alone until 2 June 2026" in shown


def test_what_a_delegate_said_is_shown_as_theirs_and_can_be_taken_back(person, world):
    consent = _given_by_a_delegate(world)
    shown = words(person.get("/me"))
    assert "Someone who may decide for you said this on 2 May 2026." in shown
    assert "Please say if this is right" not in shown
    person.get(f"/me/choices/{consent}/take-back")
    assert person.post(f"/me/choices/{consent}/take-back").status_code == 303
    assert _status(world, consent) == "inactive"


def test_nothing_is_asked_where_nothing_was_written(person, world):
    world.give(type="permit", actor=[world.recipient("HSG01")])
    assert "Please say if this is right" not in words(person.get("/me"))


def test_the_question_says_what_was_written_and_presets_nothing(person, world):
    consent = _writes(world)
    shown = words(person.get(f"/me/choices/{consent}/told"))
    assert "Did you say this?" in shown
    assert "Riverside Housing wrote down that you told them on 2 May 2026:" in shown
    assert "Riverside Housing may see what is held about alcohol." in shown
    assert "checked" not in person.page.text


def test_a_yes_makes_it_the_persons_own(person, screened):
    consent = _writes(screened)
    assert _sees(screened) == 1
    person.get(f"/me/choices/{consent}/told")
    answer = person.post(f"/me/choices/{consent}/told", right="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/me/choices/{consent}/saved")
    screened.wait(days=31)
    assert _sees(screened) == 1
    person.sign_in("me", screened.patient)
    shown = words(person.get("/me"))
    assert "You said on 2 May 2026 that Riverside Housing may see" in shown
    assert "wrote" not in shown.partition("Your choices")[2].partition("Who looked")[0]


def test_without_an_answer_a_yes_ends_and_can_still_be_given(person, screened):
    consent = _writes(screened)
    screened.wait(days=31)
    assert _sees(screened) == 0
    person.sign_in("me", screened.patient)
    person.get(f"/me/choices/{consent}/told")
    assert person.post(f"/me/choices/{consent}/told", right="yes").status_code == 303
    assert _sees(screened) == 1


def test_a_no_ends_it_now(person, screened):
    consent = _writes(screened)
    person.get(f"/me/choices/{consent}/told")
    answer = person.post(f"/me/choices/{consent}/told", right="no")
    assert answer.headers["location"] == f"/me/choices/{consent}/take-back"
    assert "does not count any more" in words(person.get(answer.headers["location"]))
    assert (_status(screened, consent), _sees(screened)) == ("entered-in-error", 0)
    assert "Please say if this is right" not in words(person.get("/me"))


@pytest.mark.parametrize("right", ["", "perhaps"])
def test_an_answer_must_be_chosen(person, screened, right):
    consent = _writes(screened)
    person.get(f"/me/choices/{consent}/told")
    answer = person.post(f"/me/choices/{consent}/told", right=right)
    assert answer.status_code == 422
    assert "Choose “yes” or “no”" in words(answer)
    assert _status(screened, consent) == "active"


def test_an_answer_to_other_words_than_were_shown_changes_nothing(person, screened):
    consent = _writes(screened)
    person.get(f"/me/choices/{consent}/told")
    for right in ("yes", "no"):
        answer = person.post(f"/me/choices/{consent}/told", right=right, version="0" * 16)
        assert answer.status_code == 409
        assert "Please look again" in words(answer)
        person.get(f"/me/choices/{consent}/told")
    assert _status(screened, consent) == "active"


def test_a_form_of_another_page_answers_nothing(person, screened):
    consent = _writes(screened)
    answer = person.post(f"/me/choices/{consent}/told", right="yes", form_token="another")
    assert answer.status_code == 403
    assert "Please say if this is right" in words(person.get("/me"))


def test_an_older_no_is_offered_to_be_taken_back_with_the_yes(person, screened):
    older = screened.give(
        type="deny", actor=[screened.recipient("HSG01")], securityLabel=ALCOHOL[:1]
    ).partition("/")[2]
    consent = _writes(screened)
    assert _sees(screened) == 0
    shown = words(person.get(f"/me/choices/{consent}/told"))
    assert "An older choice says no" in shown
    person.post(f"/me/choices/{consent}/told", right="yes", take_back=[older])
    assert (_status(screened, older), _sees(screened)) == ("inactive", 1)


def test_an_older_no_that_is_not_ticked_stays(person, screened):
    older = screened.give(
        type="deny", actor=[screened.recipient("HSG01")], securityLabel=ALCOHOL[:1]
    ).partition("/")[2]
    consent = _writes(screened)
    person.get(f"/me/choices/{consent}/told")
    person.post(f"/me/choices/{consent}/told", right="yes")
    assert (_status(screened, older), _sees(screened)) == ("active", 0)


@pytest.mark.parametrize(("right", "status", "seen"), [("yes", "active", 1), ("no", "rejected", 0)])
def test_what_a_service_proposes_counts_once_it_is_agreed(person, screened, right, status, seen):
    consent = _writes(screened, status="proposed")
    shown = words(person.get("/me"))
    assert "Riverside Housing asks you:" in shown
    assert _sees(screened) == 0
    assert "Do you agree?" in words(person.get(f"/me/choices/{consent}/told"))
    person.post(f"/me/choices/{consent}/told", right=right)
    assert (_status(screened, consent), _sees(screened)) == (status, seen)


def test_a_denial_names_no_day_on_which_it_ends(person, world):
    consent = _writes(world, "deny")
    shown = words(person.get(f"/me/choices/{consent}/told"))
    assert "may not see anything about alcohol." in shown
    assert "If you do not answer" not in shown


def test_nobody_else_is_asked(visitor, world):
    consent = _writes(world)
    page = visitor().get(f"/me/choices/{consent}/told")
    assert page.headers["location"] == "/sign-in"


def test_what_was_answered_is_not_asked_again(person, world):
    consent = _writes(world)
    person.get(f"/me/choices/{consent}/told")
    person.post(f"/me/choices/{consent}/told", right="yes")
    again = person.get(f"/me/choices/{consent}/told")
    assert again.headers["location"] == f"/me/choices/{consent}/saved"


def test_a_choice_of_the_persons_own_is_not_asked_about(person, world):
    mine = world.give(type="permit", actor=[world.recipient("HSG01")]).partition("/")[2]
    page = person.get(f"/me/choices/{mine}/told")
    assert page.headers["location"] == f"/me/choices/{mine}/saved"


def test_under_sixteen_a_yes_is_met_kindly(person, world):
    _grows_young(person, world)
    person.get("/me/choices/new")
    form = {"service": world.organizations["HSG01"], "may": "yes", "topics": ["alcohol"]}
    page = person.post("/me/choices/new", step="save", **form)
    assert page.status_code == 422
    shown = words(page)
    assert "Please talk to someone about this first" in shown
    assert "You have done nothing wrong." in shown
    assert "Riverside Housing may see what is held about alcohol." in shown
    assert world.consents() == []


def test_under_sixteen_a_no_is_saved(person, world):
    _grows_young(person, world)
    person.get("/me/choices/new")
    form = {"service": world.organizations["HSG01"], "may": "no", "topics": ["alcohol"]}
    assert person.post("/me/choices/new", step="save", **form).status_code == 303


def _given_by_a_delegate(world):
    """A denial that a deputy gave at the person's portal."""
    new = NewDelegate(world.patient, "https://portal.example/user|71", "Ada", Basis.DEPUTY, "seen")
    officer = world.gateway.officer_requester("P. Officer")
    asyncio.run(world.gateway.add_delegate(officer, new))
    me = world.gateway.page_requester(world.patient)
    ada = replace(me, purpose="PWATRNY", practitioner=new.identifier)
    performer = {"identifier": {"system": "https://portal.example/user", "value": "71"}}
    said = _consent(world, "deny", "active", "HSG01", world.patient) | {"performer": [performer]}
    return world._created(ada, "Consent", said).partition("/")[2]


def _grows_young(person, world):
    """The same person on a day before they were sixteen."""
    world.now = world.now.replace(year=2007, month=4, day=11)
    person.sign_in("me", world.patient)
