"""The receipt for a choice: found where the choice is, read in plain words, kept as a file."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from gateway.audit.checking_receipt import Sound, check


def words(page):
    text = re.sub(r"<(script|style|title)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def saves(person, may="yes", topics=("alcohol",), **more):
    """Makes a choice; the id of its Consent."""
    person.get("/me/choices/new")
    service = person.world.organizations["HSG01"]
    form = {"service": service, "may": may, "topics": list(topics), "step": "save"}
    answer = person.post("/me/choices/new", **(form | more))
    assert answer.status_code == 303
    return answer.headers["location"].split("/")[3]


def takes_back(person, choice):
    person.get(f"/me/choices/{choice}/take-back")
    answer = person.post(f"/me/choices/{choice}/take-back")
    assert answer.status_code == 303


def test_a_saved_choice_leads_to_its_receipt(person):
    choice = saves(person)
    assert f"/me/choices/{choice}/receipt" in person.get(f"/me/choices/{choice}/saved").text
    assert f"/me/choices/{choice}/receipt" in person.get("/me").text


def test_so_does_one_that_was_taken_back(person):
    choice = saves(person)
    takes_back(person, choice)
    shown = person.get(f"/me/choices/{choice}/take-back").text
    assert f"/me/choices/{choice}/receipt" in shown
    assert "was taken back and does not count" in words(person.get(f"/me/choices/{choice}/receipt"))


def test_it_says_in_plain_words_what_was_agreed(person):
    said = words(person.get(f"/me/choices/{saves(person)}/receipt"))
    assert "You said on 3 May 2026 that Riverside Housing may see anything about alcohol." in said
    assert "This choice counts." in said
    assert "It stays until you take it back." in said
    assert "Yes, may see" in said


def test_a_no_is_told_as_a_no(person):
    said = words(person.get(f"/me/choices/{saves(person, may='no')}/receipt"))
    assert "Riverside Housing may not see anything about alcohol." in said
    assert "No, may not see" in said


def test_an_end_is_told(person, world):
    ends = world.now + timedelta(days=30)
    dated = {"day": str(ends.day), "month": str(ends.month), "year": str(ends.year)}
    said = words(person.get(f"/me/choices/{saves(person, **dated)}/receipt"))
    assert "It ends after 2 June 2026." in said
    assert "It stays until you take it back." not in said


def test_the_signed_file_can_be_kept_and_checked_without_us(person, world):
    choice = saves(person)
    file = person.get(f"/me/choices/{choice}/receipt.jws")
    assert file.headers["content-type"] == "application/jose"
    assert "attachment" in file.headers["content-disposition"]
    assert choice not in file.headers["content-disposition"]
    assert isinstance(check(file.text, world.keys.signer.verifier), Sound)
    changed = file.text[:100] + ("A" if file.text[100] != "A" else "B") + file.text[101:]
    assert not isinstance(check(changed, world.keys.signer.verifier), Sound)


def test_the_page_names_nobody_by_name_or_number(person):
    shown = person.get(f"/me/choices/{saves(person)}/receipt").text
    assert "9990000018" not in shown
    assert "1991" not in shown


def test_nothing_of_the_page_comes_from_elsewhere_and_nothing_needs_a_script(person):
    shown = person.get(f"/me/choices/{saves(person)}/receipt").text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', shown)
    assert "<style" not in shown
    assert "onclick" not in shown


def test_what_is_no_choice_of_theirs_has_none(person):
    unknown = "6f2c1f0e-8f0b-4a53-9d8c-0d0f6f1d2a11"
    assert person.get(f"/me/choices/{unknown}/receipt").status_code == 404
    assert person.get(f"/me/choices/{unknown}/receipt.jws").status_code == 404


def test_a_choice_of_any_shape_has_one(person, world):
    world.give(type="deny", actor=[world.recipient("HSG01")], code=[{"text": "gambling"}])
    [consent] = world.consents()
    said = words(person.get(f"/me/choices/{consent['id']}/receipt"))
    assert "Riverside Housing may not see some of your records." in said


def test_who_is_not_signed_in_is_asked_to(visitor):
    answer = visitor().get("/me/choices/6f2c1f0e-8f0b-4a53-9d8c-0d0f6f1d2a11/receipt")
    assert answer.status_code in (303, 401)
