"""Giving, changing and taking back a choice, and what the services then get."""

from __future__ import annotations

import html
import re

import pytest

AUDIT_C = {
    "recorded_at": "2026-05-02T09:00",
    "auditc-1": "3",
    "auditc-2": "2",
    "auditc-3": "1",
}


@pytest.fixture
def screened(world):
    """An alcohol screening is held, and housing knows the person."""
    world.send("DAS01", "audit-c", **AUDIT_C)
    world.know("HSG01")
    return world


def words(page):
    """The words of a page, as someone reads them."""
    text = re.sub(r"<(script|style|title)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def choose(person, ods="HSG01", may="yes", topics=("alcohol",), step="save", path=None, **more):
    """Opens the form and sends it, as far as the step says."""
    path = path or "/me/choices/new"
    person.get(path)
    service = person.world.organizations.get(ods, ods)
    form = {"service": service, "may": may, "topics": list(topics), "step": step}
    return person.post(path, **(form | more))


def saved_id(answer):
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"].split("/")[3]


def active(world):
    return [one for one in world.consents() if one["status"] == "active"]


def test_nothing_on_the_form_is_preset(person):
    assert "checked" not in person.get("/me/choices/new").text


def test_each_service_but_our_own_is_offered(person):
    shown = words(person.get("/me/choices/new"))
    assert all(name in shown for name in ("Riverside Housing", "Northside Mental Health"))
    assert person.world.gateway.built_in_portal() not in person.page.text


def test_a_choice_is_shown_in_one_sentence_before_anything_is_saved(person, world):
    shown = choose(person, topics=["alcohol", "drugs"], step="check")
    assert "Riverside Housing may see what is held about alcohol and drugs." in words(shown)
    assert "This stays until you take it back." in words(shown)
    assert world.consents() == []


def test_a_yes_lets_the_service_see_just_that(person, screened):
    assert screened.seen_by("HSG01", "Observation") == []
    choose(person, topics=["smoking"])
    assert screened.seen_by("HSG01", "Observation") == []
    choose(person, topics=["alcohol"])
    assert len(screened.seen_by("HSG01", "Observation")) == 1


def test_a_yes_for_one_service_shows_another_nothing(person, screened):
    screened.know("TMH01")
    choose(person, ods="HSG01")
    assert screened.seen_by("TMH01", "Observation") == []


def test_a_no_wins_over_a_yes_whichever_came_first(person, screened):
    choose(person, may="no")
    choose(person, may="yes", topics=["alcohol", "drugs"])
    assert screened.seen_by("HSG01", "Observation") == []


def test_everything_covers_what_has_a_topic(person, screened):
    choose(person, topics=["everything"])
    assert len(screened.seen_by("HSG01", "QuestionnaireResponse")) == 1


def test_a_no_to_everything_leaves_nothing_of_an_older_yes(person, screened):
    choose(person, topics=["alcohol"])
    choose(person, may="no", topics=["everything"])
    assert screened.seen_by("HSG01", "Observation") == []


def test_taking_back_counts_with_the_next_request(person, screened):
    consent = saved_id(choose(person))
    assert len(screened.seen_by("HSG01", "Observation")) == 1
    person.get(f"/me/choices/{consent}/take-back")
    done = person.post(f"/me/choices/{consent}/take-back")
    assert done.status_code == 303
    assert screened.seen_by("HSG01", "Observation") == []
    assert "The choice is taken back" in words(person.get(done.headers["location"]))


def test_looking_at_the_question_takes_nothing_back(person, world):
    consent = saved_id(choose(person))
    person.get(f"/me/choices/{consent}/take-back")
    assert [one["id"] for one in active(world)] == [consent]


def test_a_change_writes_the_new_choice_and_takes_back_the_old(person, world):
    old = saved_id(choose(person, topics=["alcohol"]))
    path = f"/me/choices/{old}/change"
    new = saved_id(choose(person, path=path, may="no", topics=["drugs"]))
    assert [one["id"] for one in active(world)] == [new]
    assert active(world)[0]["provision"]["type"] == "deny"


def test_the_form_for_a_change_holds_the_old_choice(person):
    old = saved_id(choose(person, topics=["alcohol", "plan"][:1], day="1", month="6", year="2026"))
    shown = person.get(f"/me/choices/{old}/change").text
    ticked = re.findall(r'value="([^"]+)" checked', shown)
    assert ticked == [person.world.organizations["HSG01"], "alcohol", "yes"]
    assert 'value="2026"' in shown


def test_a_change_to_the_same_choice_changes_nothing(person, world):
    old = saved_id(choose(person))
    again = saved_id(choose(person, path=f"/me/choices/{old}/change"))
    assert again == old
    assert [one["id"] for one in active(world)] == [old]


def test_pressing_save_twice_writes_one_choice(person, world):
    assert saved_id(choose(person)) == saved_id(choose(person))
    assert len(active(world)) == 1


def test_topics_and_plans_become_two_consents_because_criteria_are_joined_by_and(person, world):
    choose(person, topics=["alcohol", "plan"])
    labels = [one["provision"].get("securityLabel") for one in active(world)]
    classes = [one["provision"].get("class") for one in active(world)]
    assert sum(label is None for label in labels) == 1
    assert sum(named is not None for named in classes) == 1


def test_a_yes_that_an_older_no_hinders_says_so_and_takes_it_back_when_ticked(person, screened):
    older = saved_id(choose(person, may="no", topics=["alcohol", "drugs"]))
    shown = choose(person, step="check")
    assert "An older choice says no" in words(shown)
    assert "may not see anything about alcohol or drugs" in words(shown)
    choose(person, take_back=[older])
    assert len(active(screened)) == 1
    assert len(screened.seen_by("HSG01", "Observation")) == 1


def test_an_older_no_stays_when_it_is_not_ticked(person, screened):
    choose(person, may="no")
    choose(person)
    assert len(active(screened)) == 2
    assert screened.seen_by("HSG01", "Observation") == []


def test_an_older_no_about_something_else_hinders_nothing(person):
    choose(person, may="no", topics=["social"])
    choose(person, ods="TMH01", may="no")
    assert "An older choice" not in words(choose(person, step="check"))


def test_an_older_no_about_a_part_hinders_the_whole(person):
    choose(person, may="no", topics=["self-harm"])
    assert "An older choice" in words(choose(person, topics=["mental-health"], step="check"))


def test_nothing_but_an_older_no_that_was_shown_is_taken_back(person, world):
    other = saved_id(choose(person, ods="TMH01", may="no"))
    choose(person, take_back=[other])
    assert other in [one["id"] for one in active(world)]


def test_a_choice_changed_meanwhile_is_not_taken_back(person, visitor, world):
    consent = saved_id(choose(person))
    path = f"/me/choices/{consent}/take-back"
    person.get(path)
    (held,) = world.consents()
    moved = person.send(
        "POST", path, {"form_token": token(person), "version": f"not-{held['meta']['versionId']}"}
    )
    assert moved.status_code == 409
    assert "look at your choices" in words(moved)
    assert len(active(world)) == 1


def test_a_change_that_meets_another_saves_nothing_at_all(person, world):
    old = saved_id(choose(person))
    path = f"/me/choices/{old}/change"
    moved = choose(person, path=path, may="no", version="0" * 16)
    assert moved.status_code == 409
    assert [one["id"] for one in active(world)] == [old]


def token(person):
    return re.search(r'name="form_token" value="([^"]+)"', person.page.text)[1]


WRONG = [
    ("no service", {"ods": ""}, "Choose a service"),
    ("a service that is not offered", {"ods": "Organization/x"}, "Choose a service"),
    ("neither yes nor no", {"may": ""}, "Choose “yes” or “no”"),
    ("no topic", {"topics": ()}, "Choose what it is about"),
    ("a topic that is not offered", {"topics": ("x",)}, "Choose what it is about"),
    ("everything and a topic", {"topics": ("everything", "drugs")}, "but not both"),
    ("a day without its month", {"day": "3"}, "must have a day, a month and a year"),
    ("no real day", {"day": "31", "month": "2", "year": "2027"}, "must be a real date"),
    ("letters", {"day": "a", "month": "b", "year": "c"}, "must be a real date"),
    ("a day that is over", {"day": "2", "month": "5", "year": "2026"}, "today or later"),
]


@pytest.mark.parametrize("step", ["check", "save"])
@pytest.mark.parametrize(
    ("given", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_what_is_wrong_is_named_and_nothing_is_saved(person, world, given, message, step):
    shown = choose(person, step=step, **given)
    assert shown.status_code == 422
    assert "There is something to put right" in words(shown)
    assert message in words(shown)
    assert world.consents() == []


def test_what_was_entered_is_kept_when_something_is_wrong(person):
    shown = choose(person, step="check", topics=["drugs"], day="31", month="2", year="2027").text
    assert re.findall(r'value="([\w-]+)" checked', shown) == ["drugs", "yes"]
    assert re.findall(r'id="(?:day|month|year)".*?value="(\d+)"', shown) == ["31", "2", "2027"]


def test_each_message_leads_to_a_field_of_the_page(person):
    shown = choose(person, ods="", may="", topics=(), day="1", step="check").text
    summary = shown.partition("nhsuk-error-summary__list")[2].partition("</ul>")[0]
    targets = re.findall(r'href="#([\w-]+)"', summary)
    assert targets == ["service", "topics", "may", "day"]
    assert all(f'id="{target}"' in shown for target in targets)


def test_going_back_from_the_check_page_keeps_what_was_entered(person):
    shown = choose(person, step="edit", topics=["drugs"])
    assert shown.status_code == 200
    assert re.findall(r'value="([\w-]+)" checked', shown.text) == ["drugs", "yes"]


def test_the_last_day_counts_and_the_day_after_does_not(person, screened):
    choose(person, day="4", month="5", year="2026")
    screened.wait(hours=36)  # 4 May, 11pm in London
    assert len(screened.seen_by("HSG01", "Observation")) == 1
    screened.wait(hours=2)
    assert screened.seen_by("HSG01", "Observation") == []


@pytest.mark.parametrize("page", ["change", "saved", "take-back"])
def test_the_choice_of_someone_else_is_not_here(person, page):
    shown = person.get(f"/me/choices/6d1a6a52-0000-4000-8000-000000000000/{page}")
    assert shown.status_code == 404
    assert "This page is not here" in words(shown)


def test_no_address_or_title_tells_what_was_chosen(person):
    answer = choose(person, topics=["self-harm"])
    shown = person.get(answer.headers["location"])
    title = re.search(r"<title>(.*?)</title>", shown.text)[1]
    assert "harm" not in answer.headers["location"]
    assert "harm" not in title
    assert "Riverside" not in title
