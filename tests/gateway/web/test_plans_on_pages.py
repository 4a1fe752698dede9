"""What a person is told of who can see their plans: the truth, which is a part of them at most."""

from __future__ import annotations

import html
import re

RIVERSIDE = "Riverside Housing"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
SNOMED = "http://snomed.info/sct"


def told(page) -> str:
    """What the first page says that Riverside can see."""
    [said] = re.findall(rf"<h3[^>]*>{RIVERSIDE}</h3>(.*?)</div>", page.text, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", said)).split())


def plan(world, *activities):
    return world.write(
        "TMH01",
        {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "plan",
            "title": "What helps",
            "subject": {"reference": world.know("TMH01")},
            "category": [{"coding": [{"system": SNOMED, "code": "736253002"}]}],
            "activity": [{"detail": {"status": "scheduled", **each}} for each in activities],
        },
    )


def say_yes(person, world, *chosen):
    person.get("/me/choices/new")
    form = {"service": world.organizations["HSG01"], "may": "yes", "topics": list(chosen)}
    assert person.post("/me/choices/new", step="save", **form).status_code == 303


def test_a_yes_about_plans_is_one_about_their_words(person, world):
    coded = {"code": {"coding": [{"system": SNOMED, "code": "417096006"}]}}
    plan(world, coded, {"description": "Call a friend"})
    world.know("HSG01")
    say_yes(person, world, "plan")
    assert told(person.get("/me")).startswith("Can see: plans. Cannot see: alcohol,")
    [seen] = world.seen_by("HSG01", "CarePlan")
    kept = [each["detail"].keys() for each in seen["activity"]]
    assert kept == [{"status", "code"}, {"status", "description"}]


def test_a_no_about_a_topic_keeps_the_words_of_plans(person, world):
    coded = {"code": {"coding": [{"system": SNOMED, "code": "417096006"}]}}
    plan(world, coded, {"description": "Call a friend"})
    world.know("HSG01")
    say_yes(person, world, "plan")
    hiv = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
    world.give(type="deny", actor=[world.recipient("HSG01")], securityLabel=[hiv])
    assert told(person.get("/me")).startswith("Can see some of: plans. Cannot see: alcohol,")
    [seen] = world.seen_by("HSG01", "CarePlan")
    assert [each["detail"].keys() for each in seen["activity"]] == [{"status", "code"}]


def test_without_a_yes_no_plan_is_seen_and_none_is_told(person, world):
    plan(world, {"code": {"coding": [{"system": SNOMED, "code": "417096006"}]}})
    world.know("HSG01")
    assert told(person.get("/me")) == "Cannot see: anything that other services wrote."
    assert world.seen_by("HSG01", "CarePlan") == []


def test_the_box_about_plans_says_what_others_see_of_one(person):
    page = person.get("/me/choices/new").text
    assert "This includes what staff typed in it" in page
    assert "If you say no to a topic, what they typed stays hidden" in page


def test_a_writer_whom_a_choice_names_is_told_apart_from_the_others(person, world):
    source = {
        "role": {"coding": [{"system": PARTICIPATION, "code": "AUT"}]},
        "reference": {"reference": world.organizations["TMH01"]},
    }
    world.give(type="permit", actor=[world.recipient("HSG01"), source])
    assert told(person.get("/me")).startswith("Can see some of: alcohol, drugs,")


def test_a_yes_whoever_wrote_it_is_told_whole(person, world):
    world.give(type="permit", actor=[world.recipient("HSG01")])
    assert told(person.get("/me")).startswith("Can see: alcohol, drugs,")


def test_a_yes_about_a_topic_reaches_the_steps_of_plans_about_it_and_is_told_so(person, world):
    say_yes(person, world, "smoking")
    said = told(person.get("/me"))
    assert said.startswith("Can see: smoking. Cannot see: alcohol,")
    assert said.endswith("or plans about other things.")
    assert "the steps of your plans about that, too" in " ".join(person.page.text.split())
