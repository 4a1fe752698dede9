"""The person's first page: what is held, who may see it, who looked."""

from __future__ import annotations

import asyncio
import html
import json
import re
from uuid import uuid4

import pytest

from gateway.actions.addressing import Address
from gateway.storage.database import connect

AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}
REFERRAL = {
    "authored_at": "2026-05-02T10:00",
    "to_organization_ods": "DAS01",
    "code": "201521000000104",
    "priority": "routine",
    "reason": "Would like to drink less",
}
TOPIC = "https://onestory.example/fhir/CodeSystem/topic"
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def section(page, name):
    """The words of one section of the first page."""
    part = page.text.partition(f'<section class="os-section" id="{name}"')[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part.partition("</section>")[0])).split())


def access_of(page, service):
    part = page.text.partition(f">{service}</h3>")[2].partition("</div>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


def smoking(world):
    world.give(
        type="permit",
        actor=[world.recipient("HSG01")],
        securityLabel=[{"system": TOPIC, "code": "smoking"}, {"system": LEVEL, "code": "N"}],
    )


def test_an_empty_record_says_so(person):
    page = person.get("/me")
    assert "Nothing is held here yet." in section(page, "held")
    assert "You have no choices here now." in section(page, "choices")
    assert "Nobody else has looked yet." in section(page, "looked")


def test_what_is_held_is_told_with_when_and_who_wrote_it(person, world):
    world.send("DAS01", "audit-c", **AUDIT_C)
    held = section(person.get("/me"), "held")
    assert "Questions about alcohol (AUDIT-C)" in held
    assert "On 2 May 2026. Written by Clearwater Drug and Alcohol Service." in held


def test_no_score_stands_on_the_first_page_and_each_answer_on_its_own(person, world):
    response = world.send("DAS01", "audit-c", **AUDIT_C)[1]
    assert "AUDIT-C total" not in words(person.get("/me"))
    opened = words(person.get(f"/me/held/{response}"))
    assert "AUDIT-C total 6" in opened
    assert "2-3 times a week" in opened
    assert "does not decide what help you can have" in opened


def test_what_someone_elses_record_holds_is_not_here(person, world):
    other = {"nhs_number": "9990000026", "birth_date": "1980-01-01"}
    response = world.send("DAS01", "audit-c", **(AUDIT_C | other))[1]
    assert "Nothing is held here yet." in words(person.get("/me"))
    assert person.get(f"/me/held/{response}").status_code == 404


@pytest.mark.parametrize("path", ["Patient/x", "Consent/x", "Observation/x", "AuditEvent/x"])
def test_what_is_not_held_answers_alike_whatever_its_type(person, path):
    assert person.get(f"/me/held/{path}").status_code == 404


def test_a_plan_is_opened_step_by_step(person, world):
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "title": "What helps when things are hard",
        "description": "Written together",
        "created": "2026-05",
        "subject": {"reference": world.know("TMH01")},
        "activity": [{"detail": {"status": "scheduled", "description": "Call a friend"}}],
    }
    reference = world.write("TMH01", plan)
    held = section(person.get("/me"), "held")
    assert "What helps when things are hard On May 2026." in held
    opened = words(person.get(f"/me/held/{reference}"))
    assert "About Written together" in opened
    assert "Step Call a friend" in opened


def test_a_measurement_and_a_next_step_of_their_own_are_told_too(person, world):
    subject = {"reference": world.know("TMH01")}
    seen = world.write(
        "TMH01",
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "How you slept"},
            "subject": subject,
            "effectiveDateTime": "2026",
            "valueString": "better than last week",
        },
    )
    step = world.write(
        "TMH01", {"resourceType": "Task", "status": "requested", "intent": "order", "for": subject}
    )
    held = section(person.get("/me"), "held")
    assert "Scores and measurements How you slept On 2026." in held
    assert "Next steps A next step for staff" in held
    assert "better than last week" in words(person.get(f"/me/held/{seen}"))
    assert person.get(f"/me/held/{step}").status_code == 200


def test_a_referral_is_told_by_whom_it_is_for_and_where_it_has_got_to(person, world):
    request = world.send("TMH01", "referral", agreed="y", **REFERRAL)[1]
    page = person.get("/me")
    assert "Referral to Clearwater Drug and Alcohol Service" in section(page, "held")
    opened = words(person.get(f"/me/held/{request}"))
    assert "Would like to drink less" in opened
    assert "sent, and waiting for an answer" in opened


def test_what_staff_wrote_that_the_person_agreed_to_can_be_taken_back(person, world):
    world.send("TMH01", "referral", agreed="y", **REFERRAL)
    page = person.get("/me")
    choices = section(page, "choices")
    assert "may see a referral and what came with it" in choices
    assert "Northside Mental Health wrote on 3 May 2026 that you said this." in choices
    assert "Can also see: some single things." in access_of(
        page, "Clearwater Drug and Alcohol Service"
    )
    path = re.search(r'href="(/me/choices/[^"]+/take-back)"', page.text)[1]
    person.get(path)
    assert person.post(path).status_code == 303
    assert "may see a referral" not in words(person.get("/me"))


def test_without_a_choice_no_service_can_see_what_others_wrote(person):
    page = person.get("/me")
    assert access_of(page, "Riverside Housing") == "Cannot see: anything that other services wrote."


def test_an_officers_organisation_is_no_service_to_choose_about(person, world):
    connection = connect(world.url)
    connection.execute(
        "INSERT INTO client (id, organization, name, role, scopes, purposes)"
        " VALUES ('o', ?, 'Officer', 'officer', '', 'HCOMPL')",
        (world.organizations["TMH01"].removeprefix("Organization/"),),
    )
    connection.close()
    assert "Northside" not in words(person.get("/me"))
    assert "Northside" not in words(person.get("/me/choices/new"))
    assert "Riverside" in words(person.page)


def test_a_choice_shows_for_its_service_and_for_no_other(person, world):
    smoking(world)
    page = person.get("/me")
    assert access_of(page, "Riverside Housing").startswith("Can see: smoking. Cannot see: alcohol,")
    assert "Can see" not in access_of(page, "Northside Mental Health")


def test_a_yes_to_a_part_is_told_as_a_part(person, world):
    labels = [
        {"system": TOPIC, "code": "drugs"},
        {"system": LEVEL, "code": "R"},
    ]
    world.give(type="permit", actor=[world.recipient("HSG01")], securityLabel=labels)
    assert "Can see some of: drugs." in access_of(person.get("/me"), "Riverside Housing")


def test_plans_are_told_as_visible_in_whole_where_their_words_are(person, world):
    world.give(type="permit", actor=[world.recipient("HSG01")])
    told = access_of(person.get("/me"), "Riverside Housing")
    assert told.startswith("Can see: alcohol,")
    assert told.endswith("and plans.")


def test_a_no_is_told_whatever_a_yes_says(person, world):
    smoking(world)
    world.give(type="deny", actor=[world.recipient("HSG01")])
    assert access_of(person.get("/me"), "Riverside Housing") == (
        "Cannot see: anything that other services wrote."
    )


def test_each_look_is_told_with_when_who_what_and_why(person, world):
    world.send("DAS01", "audit-c", **AUDIT_C)
    world.know("HSG01")
    asked = world.service("HSG01", named="Sam Taylor")
    number = ("patient.identifier", "https://fhir.nhs.uk/Id/nhs-number|9990000018")
    world.search(asked, "Observation", number)
    looked = section(person.get("/me"), "looked")
    assert "3 May 2026 at 11:00am" in looked  # London time
    assert "Riverside Housing, Sam Taylor" in looked
    assert "scores" in looked
    assert "to care for you" in looked


def test_a_look_that_found_nothing_is_told_too(person, world):
    world.know("HSG01")
    world.seen_by("HSG01", "Observation")
    assert "What they were shown nothing" in section(person.get("/me"), "looked")


def test_a_look_that_was_shown_something_says_how_much(person, world):
    world.send("DAS01", "audit-c", **AUDIT_C)
    world.seen_by("DAS01", "Observation")
    assert "What they were shown one thing" in section(person.get("/me"), "looked")


def test_whoever_asked_for_a_card_is_told_as_one_who_looked(person, world):
    known = world.know("HSG01")
    context = {"patientId": known}
    asked = {"hook": "patient-consent-consult", "hookInstance": str(uuid4()), "context": context}
    sent = world.gateway.consult(world.service("HSG01"), json.dumps(asked).encode())
    assert asyncio.run(sent).status == 200
    looked = section(person.get("/me"), "looked")
    assert "What they asked to see whether anything is shared with them" in looked
    assert "What they were shown a yes or a no" in looked


def test_the_persons_own_looks_are_counted_and_not_listed(person):
    person.get("/me")
    looks = words(person.get("/me/looks"))
    assert "Nobody else has looked yet." in looks
    assert re.search(r"You looked \d+ times yourself", looks)


def test_each_look_at_a_page_is_in_the_log(person, world):
    def entries():
        officer = world.gateway.officer_requester("A. Officer")
        return len(world.search(officer, "AuditEvent", ("_count", "1000")))

    before = entries()
    person.get("/me")
    assert entries() > before


def test_what_a_service_wrote_cannot_make_the_page_do_anything(person, world):
    planted = REFERRAL | {"reason": "<script>alert(1)</script>", "note": "{{ 7 * 7 }}"}
    request = world.send("TMH01", "referral", agreed="y", **planted)[1]
    text = person.get(f"/me/held/{request}").text
    assert "<script>alert" not in text
    assert "{{ 7 * 7 }}" in text


def test_every_kind_of_record_is_told(person, world):
    about = world.know("DAS01")
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "x", "display": "Low mood"}]}
    world.write(
        "DAS01",
        {"resourceType": "Condition", "subject": {"reference": about}, "code": coded},
    )
    held = section(person.get("/me"), "held")
    assert "Other things written about you" in held
    assert "Low mood" in held


def test_whoever_looked_at_a_history_is_told(person, world):
    reference = world.send("DAS01", "audit-c", **AUDIT_C)[-1]
    type_, _, id_ = reference.partition("/")
    asked = Address(type_, id_, is_history=True)
    world.look("DAS01", asked)
    assert "What they were shown one thing" in section(person.get("/me"), "looked")
