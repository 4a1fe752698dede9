"""Before a choice is saved or taken back, the page says what the service will see, and it does."""

from __future__ import annotations

import html
import re
from contextlib import closing

import pytest

from gateway.storage.database import connect

AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}
GAD_7 = {"recorded_at": "2026-05-01T09:00"} | {f"gad7-{number}": "1" for number in range(1, 8)}
QUESTIONS = "Questions about alcohol (AUDIT-C)"


def words(page):
    text = re.sub(r"<(script|style|title)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def screened(world):
    """Alcohol and worry are held; housing knows the person."""
    world.send("DAS01", "audit-c", **AUDIT_C)
    world.send("DAS01", "gad-7", **GAD_7)
    world.know("HSG01")
    return world


def choose(person, step="check", ods="HSG01", may="yes", topics=("alcohol",), path=None, **more):
    path = path or "/me/choices/new"
    person.get(path)
    form = {"service": person.world.organizations[ods], "may": may, "topics": list(topics)}
    return person.post(path, **(form | {"step": step} | more))


def saved(person, **how):
    answer = choose(person, step="save", **how)
    assert answer.status_code == 303
    return answer.headers["location"].split("/")[3]


def test_a_yes_says_what_the_service_will_see_and_what_not(person, screened):
    said = words(choose(person))
    assert "Riverside Housing will be able to see 2 things:" in said
    assert f"{QUESTIONS}, 2 May 2026" in said
    assert "It will not see 2 things" in said
    assert screened.seen_by("HSG01", "QuestionnaireResponse") == []
    saved(person)
    assert len(screened.seen_by("HSG01", "QuestionnaireResponse")) == 1
    assert len(screened.seen_by("HSG01", "Observation")) == 1


def test_a_yes_about_nothing_that_is_held_says_so(person, screened):
    said = words(choose(person, topics=("smoking",)))
    assert "Riverside Housing will not be able to see anything that other services wrote." in said
    assert "will be able to see 2" not in said


def test_a_no_says_what_the_service_will_see_no_longer(person, screened):
    saved(person, topics=("everything",))
    said = words(choose(person, may="no"))
    assert "Riverside Housing will be able to see 2 things:" in said
    assert "Riverside Housing will no longer see 2 things:" in said


def test_an_older_no_in_the_way_is_shown_with_it_and_without(person, screened):
    saved(person, may="no")
    said = words(choose(person))
    before, _, after = said.partition("If you take the older choice back too:")
    assert "will not be able to see anything that other services wrote" in before
    assert "Riverside Housing will be able to see 2 things:" in after


def test_a_change_is_shown_for_both_services(person, screened):
    screened.know("TMH01")
    old = saved(person)
    said = words(choose(person, ods="TMH01", path=f"/me/choices/{old}/change"))
    assert "Northside Mental Health will be able to see 2 things:" in said
    assert "Riverside Housing will no longer see 2 things:" in said


def test_taking_back_a_yes_says_what_is_seen_no_longer(person, screened):
    choice = saved(person)
    said = words(person.get(f"/me/choices/{choice}/take-back"))
    assert "If you take this back" in said
    assert "Riverside Housing will no longer see 2 things:" in said
    assert "Northside" not in said


def test_taking_back_a_no_says_what_can_be_seen_again(person, screened):
    saved(person, topics=("everything",))
    no = saved(person, may="no")
    said = words(person.get(f"/me/choices/{no}/take-back"))
    assert "Riverside Housing will be able to see 2 things more:" in said


def test_taking_back_what_changes_nothing_says_so(person, screened):
    choice = saved(person, topics=("smoking",))
    said = words(person.get(f"/me/choices/{choice}/take-back"))
    assert "Nothing changes in what any service can see of what is held today." in said


def test_what_the_service_wrote_itself_is_not_counted(person, screened):
    said = words(choose(person, ods="DAS01"))
    assert "Nothing is held here yet that is not Clearwater Drug and Alcohol Service’s own." in said


def test_a_yes_before_anything_is_held_does_not_sound_like_a_no(person, world):
    world.know("HSG01")
    said = words(choose(person))
    assert "Nothing is held here yet that is not Riverside Housing’s own." in said
    assert "will not be able to see" not in said


def test_many_of_one_kind_are_counted_and_not_listed(person, screened):
    for day in ("2026-04-03", "2026-04-04"):
        screened.send("DAS01", "audit-c", **(AUDIT_C | {"recorded_at": f"{day}T09:00"}))
    said = words(choose(person))
    assert "Riverside Housing will be able to see 6 things:" in said
    assert f"{QUESTIONS} (3 of these)" in said


def test_looking_ahead_saves_nothing_and_ticks_nothing(person, screened):
    saved(person, may="no")
    before = screened.consents()
    shown = choose(person)
    assert screened.consents() == before
    assert "checked" not in shown.text
    assert "<script" not in shown.text.replace('<script type="module" src="/static/pages.js">', "")


def test_what_is_kept_from_the_person_is_not_told(person, screened):
    held = screened.seen_by("DAS01", "Observation")
    [alcohol] = [one["id"] for one in held if "AUDIT-C" in str(one["code"])]
    with closing(connect(screened.url)) as connection:
        connection.execute("UPDATE resource SET ceiling = 1 WHERE id = ?", (alcohol,))
    said = words(choose(person))
    assert "Riverside Housing will be able to see 1 thing:" in said
