"""What services write may be odd and true to R4: the person's pages show it and do not break."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from gateway.actions.previewing_asked import MOST

SAID = {"resourceType": "Observation", "status": "final", "code": {"text": "Sleep"}}
ASKED = {"resourceType": "QuestionnaireResponse", "status": "completed"}
LEAP, FIRST, LAST = (
    "2015-06-30T23:59:60Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
)


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@pytest.fixture
def known(world):
    return world.know("DAS01")


def held(person, reference):
    page = person.get(f"/me/held/{reference}")
    assert page.status_code == 200
    return words(page)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (LEAP, "30 June 2015"),
        (FIRST, "1 January 1"),
        (LAST, "31 December 9999"),
        ("2026-05", "May 2026"),
    ],
)
def test_a_moment_that_no_clock_shows_breaks_no_page(world, person, known, when, told):
    subject = {"subject": {"reference": known}}
    score = world.write("DAS01", SAID | subject | {"effectiveDateTime": when})
    for page in ("/me", "/me/story"):
        assert person.get(page).status_code == 200
    assert f"On {told}." in held(person, score)


@pytest.mark.parametrize("when", [LEAP, FIRST, LAST])
def test_a_consent_of_such_a_moment_breaks_no_page(world, person, known, when):
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": "patient-privacy",
                }
            ]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": known},
        "dateTime": when,
        "performer": [{"reference": known}],
        "policyRule": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}
            ]
        },
        "provision": {"type": "deny", "actor": [world.recipient("HSG01")]},
    }
    given = world.write("DAS01", consent).partition("/")[2]
    for page in ("/me", f"/me/choices/{given}/receipt", f"/me/choices/{given}/take-back"):
        assert person.get(page).status_code == 200


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"valueBoolean": True}, "Sleep yes"),
        ({"valueInteger": 3}, "Sleep 3"),
        ({"valueString": "well"}, "Sleep well"),
        ({"valueCodeableConcept": {"text": "good"}}, "Sleep good"),
        ({"valueDateTime": "2026-05-01"}, "Sleep 1 May 2026"),
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "hours"}}, "Sleep <5 hours"),
        ({"valueQuantity": {"value": 5, "unit": "score", "code": "{score}"}}, "Sleep 5"),
        ({"valueRange": {"low": {"value": 1}}}, "Sleep something that this page cannot show"),
        ({"dataAbsentReason": {"text": "refused"}}, "Sleep nothing is written here"),
        (
            {"component": [{"code": {"text": "Nights"}, "valueInteger": 2}]},
            "Nights 2",
        ),
    ],
)
def test_a_measurement_is_told_by_its_value(world, person, known, value, told):
    subject = {"subject": {"reference": known}}
    if "valueQuantity" in value:
        value["valueQuantity"]["system"] = "http://unitsofmeasure.org"
    page = held(person, world.write("DAS01", SAID | subject | value))
    assert told in page
    assert ("nothing is written here" in page) is ("dataAbsentReason" in value)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"valueDate": "2026-05-03"}, "3 May 2026"),
        ({"valueDateTime": FIRST}, "1 January 1"),
        ({"valueTime": "10:00:00"}, "10:00:00"),
        ({"valueAttachment": {"title": "A letter"}}, "A letter"),
        (
            {"valueAttachment": {"contentType": "text/plain"}},
            "something that this page cannot show",
        ),
        ({"valueReference": {"display": "Sam"}}, "Sam"),
    ],
)
def test_an_answer_is_told_by_its_value(world, person, known, answer, told):
    item = [{"linkId": "1", "text": "Q", "answer": [answer]}]
    whole = ASKED | {"subject": {"reference": known}, "authored": LEAP, "item": item}
    page = held(person, world.write("DAS01", whole))
    assert f"Q {told}" in page
    assert "{" not in page


def test_a_last_day_far_beyond_the_calendar_is_no_day(person, world):
    form = {
        "service": world.organizations["HSG01"],
        "may": "yes",
        "topics": "everything",
        "day": "1",
        "month": "1",
        "year": "99999999999",
    }
    person.get("/me/choices/new")
    page = person.post("/me/choices/new", **form)
    assert page.status_code == 422
    assert "must be a real date" in words(page)


def test_of_more_services_than_one_preview_takes_each_is_told(world, person, known):
    """Else the page would say that nothing changes."""
    score = SAID | {"code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]}}
    world.write("DAS01", score | {"subject": {"reference": known}})
    world.register({f"MORE{number}": f"Another {number}" for number in range(MOST + 5)})
    given = world.give(type="permit", actor=[world.recipient("HSG01")])
    page = words(person.get(f"/me/choices/{given.partition('/')[2]}/take-back"))
    assert "Riverside Housing will no longer see 1 thing" in page
    assert "Nothing changes" not in page


def test_more_of_other_kinds_than_one_answer_brings_is_all_there(world, person, known):
    """The page says what is held: nothing of it is left out without a word."""
    flag = {"resourceType": "Flag", "status": "active", "subject": {"reference": known}}
    for number in range(5):
        world.write("DAS01", flag | {"code": {"text": f"Note {number}."}})
    installation = world.gateway.installation
    few = replace(installation.limits, longest_page=3)
    world.gateway.installation = replace(installation, limits=few)
    page = words(person.get("/me"))
    assert all(f"Note {number}." in page for number in range(5))
