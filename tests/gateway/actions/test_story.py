"""$story tells what its reader may see of a person, and no more, whoever reads it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from callers import (
    MOOD,
    Caller,
    House,
    Json,
    body_of,
    composition,
    consent,
    patient,
    places,
    referral,
    score,
)
from deputies import ADA, Office, acting
from glass import breaks
from plans import activity
from plans import concept as snomed

from gateway.actions.answer import Answer
from gateway.actions.story import Form
from gateway.fhir import validation
from gateway.storage.delegates import Basis

ETHUD = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]
THIRD_PARTY = {
    "security": [
        {"system": "https://onestory.example/fhir/CodeSystem/topic", "code": "third-party"}
    ]
}
SURVEY = "http://terminology.hl7.org/CodeSystem/observation-category"
OURS = "https://onestory.example/fhir/CodeSystem/care-plan"
NEVER = "Patient/00000000-0000-4000-8000-000000000009"


def story(caller: Caller, of: str, *query: tuple[str, str], form: Form = Form.DOCUMENT) -> Answer:
    id_ = of.partition("/")[2]
    return asyncio.run(caller.gateway.story(caller.who, id_, query, form))


def document(caller: Caller, of: str) -> Json:
    answer = story(caller, of)
    assert answer.status == 200, answer.body
    return body_of(answer)


def sections(bundle: Json) -> dict[str, list[str]]:
    """What each section names."""
    told = bundle["entry"][0]["resource"].get("section", [])
    return {
        one["code"]["coding"][0]["code"]: [each["reference"] for each in one["entry"]]
        for one in told
    }


def held(bundle: Json) -> list[str]:
    found = [each["resource"] for each in bundle["entry"][1:]]
    return [f"{each['resourceType']}/{each['id']}" for each in found]


def survey(subject: str, code: str = "75626-2", **more: Any) -> Json:
    kind = {"category": [{"coding": [{"system": SURVEY, "code": "survey"}]}]}
    return score(subject, code) | kind | more


def plan(subject: str, *acts: Json, kind: str = "734163000", **more: Any) -> Json:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [snomed(kind)],
        "subject": {"reference": subject},
        **({"activity": list(acts)} if acts else {}),
    } | more


def act(code: str, **detail: Any) -> Json:
    coded = {"coding": [{"system": OURS, "code": code}]}
    return {"detail": {"code": coded, "status": "scheduled"} | detail}


class Known:
    """Someone whom the trust and the drug service know, and who lets the latter know about
    alcohol."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.trust, self.drugs = house.trust.writes(patient()), house.drugs.writes(patient())
        self.me = house.person()
        to = house.organizations["DA1"]
        self.me.writes(consent(self.me.me, "permit", to, securityLabel=ETHUD))


@pytest.fixture
def known(house: House) -> Known:
    return Known(house)


def test_each_reader_is_told_what_they_may_see(house: House, known: Known) -> None:
    alcohol, mood = (house.trust.writes(survey(known.trust, code)) for code in ("75626-2", MOOD))
    told = {
        "author": sections(document(house.trust, known.trust)),
        "permitted": sections(document(house.drugs, known.drugs)),
        "person": sections(document(known.me, known.me.me)),
    }
    for reader in ("author", "person"):
        assert set(told[reader]["told"]) == set(told[reader]["do-not-ask"]) == {alcohol, mood}
    assert told["permitted"] == {"told": [alcohol], "do-not-ask": [alcohol]}


def test_nothing_visible_is_told_like_nothing_held(house: House, known: Known) -> None:
    mine, nobody = house.housing.writes(patient()), house.housing.writes(patient(1))
    house.trust.writes(survey(known.trust))
    stories = [document(house.housing, each) for each in (mine, nobody)]
    for each, own in zip(stories, (mine, nobody), strict=True):
        assert sections(each) == {}
        assert held(each)[0] == own
        assert len(held(each)) == 2  # the Patient, and the gateway's own organisation
    texts = [each["entry"][0]["resource"]["text"] for each in stories]
    assert texts[0] == texts[1]


def test_it_is_a_valid_document_about_the_readers_own_patient(house: House, known: Known) -> None:
    shown = house.trust.writes(survey(known.trust))
    rows = house.rows("resource")
    bundle = document(house.drugs, known.drugs)
    assert not validation.has_errors(validation.problems(bundle))
    first = bundle["entry"][0]["resource"]
    assert first["subject"]["reference"] == known.drugs
    assert held(bundle)[0] == known.drugs
    assert shown in held(bundle)
    assert known.trust not in str(bundle)
    assert bundle["identifier"]["value"] == f"urn:uuid:{first['id']}"
    assert all(each["fullUrl"].endswith(each["resource"]["id"]) for each in bundle["entry"])
    named = {each for one in sections(bundle).values() for each in one}
    assert named <= set(held(bundle))
    assert house.rows("resource") == rows


def test_released_bytes_stand_in_it_as_they_are_read(house: House, known: Known) -> None:
    shown = house.trust.writes(survey(known.trust))
    assert house.drugs.get(shown).body in story(house.drugs, known.drugs).body


@pytest.mark.parametrize("asker", ["the officer", "another service", "another person"])
def test_a_patient_of_others_is_answered_as_one_that_never_was(
    house: House, known: Known, asker: str
) -> None:
    caller = {
        "the officer": house.officer,
        "another service": house.drugs,
        "another person": house.person(1),
    }[asker]
    before = house.rows("audit")
    answers = [story(caller, each) for each in (known.trust, NEVER)]
    assert [each.status for each in answers] == [404, 404]
    assert answers[0].body == answers[1].body
    assert house.rows("audit") == before + 2


@pytest.mark.parametrize("form", Form)
def test_one_row_names_all_that_was_given_and_nothing_else(
    house: House, known: Known, form: Form
) -> None:
    shown, kept = (house.trust.writes(survey(known.trust, code)) for code in ("75626-2", MOOD))
    before = house.rows("audit")
    assert story(house.drugs, known.drugs, form=form).status == 200
    assert house.rows("audit") == before + 1
    row = house.entries()[-1]
    assert row["query"] == f"{known.drugs}/$story"
    assert {known.drugs, shown} <= set(row["entities"])
    assert kept not in row["entities"]


def test_page_part_and_document_are_told_alike(house: House, known: Known) -> None:
    house.trust.writes(survey(known.trust))
    page, part = (
        story(house.drugs, known.drugs, form=form).body.decode() for form in (Form.PAGE, Form.PART)
    )
    assert part in page
    told = document(house.drugs, known.drugs)["entry"][0]["resource"]["section"]
    for one in told:
        assert one["text"]["div"].partition(">")[2].removesuffix("</div>") in part


def test_types_that_the_token_may_not_read_stay_out(house: House, known: Known) -> None:
    house.trust.writes(survey(known.trust))
    goal = {"lifecycleStatus": "active", "description": {"text": "Work."}}
    house.trust.writes({"resourceType": "Goal", "subject": {"reference": known.trust}} | goal)
    scopes = frozenset({"system/Patient.r", "system/Goal.r"})
    narrow = Caller(house, replace(house.trust.who, scopes=scopes))
    bundle = document(narrow, known.trust)
    assert list(sections(bundle)) == ["what-matters"]
    assert [each.partition("/")[0] for each in held(bundle)] == ["Patient", "Goal"]
    none = Caller(house, replace(house.trust.who, scopes=frozenset({"system/Goal.r"})))
    assert story(none, known.trust).status == 403


def test_nothing_is_asked_of_it_but_its_form(house: House, known: Known) -> None:
    assert story(house.trust, known.trust, ("_format", "json")).status == 200
    answer = story(house.trust, known.trust, ("_since", "2026"))
    assert (answer.status, places(answer)) == (400, ["_since"])


# --- what no story holds ------------------------------------------------------------------------


def test_what_the_person_does_not_read_is_not_even_in_its_authors_story(
    house: House, known: Known
) -> None:
    kept = house.trust.writes(survey(known.trust, meta=THIRD_PARTY))
    shown = house.trust.writes(survey(known.trust))
    assert house.trust.get(kept).status == 200
    assert sections(document(house.trust, known.trust))["told"] == [shown]
    assert kept not in str(document(house.trust, known.trust))


def test_what_concerns_others_too_is_in_nobodys_story(house: House, known: Known) -> None:
    other = house.trust.writes(patient(1))
    both = house.trust.writes(survey(known.trust, focus=[{"reference": other}]))
    alone = house.trust.writes(survey(known.trust))
    assert sections(document(house.trust, known.trust))["told"] == [alone]
    assert other not in str(document(house.trust, known.trust))
    assert both not in str(document(house.trust, other))


def test_a_plan_is_told_without_the_parts_that_the_person_does_not_read(
    house: House, known: Known
) -> None:
    need = {"resourceType": "Condition", "subject": {"reference": known.trust}}
    kept, shown = (
        house.trust.writes(need | more)
        for more in (
            {"code": {"text": "Of a neighbour"}, "meta": THIRD_PARTY},
            {"code": snomed("32911000")},
        )
    )
    addresses = [{"reference": kept}, {"reference": shown}]
    whole = house.trust.writes(
        plan(known.trust, act("housing", description="Repair."), addresses=addresses)
    )
    assert len(house.trust.read(whole)["addresses"]) == 2
    bundle = document(house.trust, known.trust)
    [told] = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "CarePlan"]
    assert told["addresses"] == [{"reference": shown}]
    assert told["activity"][0]["detail"]["description"] == "Repair."
    labels = [each["code"] for each in told["meta"]["security"]]
    assert "third-party" not in labels
    assert "neighbour" not in str(bundle)
    assert kept not in str(bundle)
    assert sections(bundle)["plans"] == [whole, shown]


def test_a_plan_is_told_by_the_parts_that_its_reader_sees(house: House, known: Known) -> None:
    acts = activity("alcohol"), activity("mood")
    whole = house.trust.writes(plan(known.trust, *acts))
    bundle = document(house.drugs, known.drugs)
    assert sections(bundle) == {"plans": [whole]}
    [told] = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "CarePlan"]
    assert told["activity"] == house.drugs.read(whole)["activity"] == [acts[0]]
    assert told["meta"]["versionId"] == house.drugs.read(whole)["meta"]["versionId"]
    words = bundle["entry"][0]["resource"]["section"][0]["text"]["div"]
    assert words.count("Booked") == 1


def test_a_plan_that_is_not_the_persons_to_read_is_in_nobodys_story(
    house: House, known: Known
) -> None:
    house.trust.writes(plan(known.trust, act("housing"), meta=THIRD_PARTY))
    assert sections(document(house.trust, known.trust)) == {}
    house.trust.writes(plan(known.trust, act("housing")))
    assert list(sections(document(house.trust, known.trust))) == ["plans"]


@pytest.mark.parametrize("about", ["the person", "somebody else"])
def test_ones_own_referral_tells_nothing_of_what_is_hidden_in_what_it_names(
    house: House, known: Known, about: str
) -> None:
    """A document of another's, of which a section is under the ceiling."""
    told_of = known.drugs if about == "the person" else house.drugs.writes(patient(1))
    shown = house.trust.writes(score(known.trust))
    kept = house.trust.writes(score(known.trust, meta=THIRD_PARTY))
    section: Json = {"code": score(known.trust)["code"], "entry": [{"reference": shown}]}
    paper = house.trust.writes(composition(house, known.trust, section))
    drugs = {"reference": house.organizations["DA1"]}
    asked = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": snomed("417096006"),
        "subject": {"reference": told_of},
        "requester": drugs,
    }
    own = house.drugs.writes(asked | {"supportingInfo": [{"reference": paper}]})
    before = document(house.drugs, told_of)
    assert own in held(before)
    more = {"section": [section, section | {"entry": [{"reference": kept}]}]}
    assert house.trust.put(house.trust.read(paper) | more).status == 200
    assert kept not in str(house.drugs.read(paper))
    after = document(house.drugs, told_of)
    assert after["entry"][1:] == before["entry"][1:]
    theirs = {"reference": house.organizations["RX1"]}
    own_words = {"subject": {"reference": known.trust}, "requester": theirs}
    mine = house.trust.writes(asked | own_words | {"supportingInfo": [{"reference": kept}]})
    assert mine not in held(document(house.trust, known.trust))


@pytest.mark.parametrize("kept", ["under the ceiling", "about two people"])
def test_nothing_that_is_told_names_what_is_left_out(house: House, known: Known, kept: str) -> None:
    """An element that lends no label: the answer itself stays, and names it no more."""
    other = house.trust.writes(patient(1))
    about_both = survey(known.trust, focus=[{"reference": other}])
    secret = survey(known.trust, meta=THIRD_PARTY) if kept == "under the ceiling" else about_both
    gone = house.trust.writes(secret)
    named = [{"reference": gone}]
    told = house.trust.writes(survey(known.trust) | {"derivedFrom": named})
    assert house.trust.read(told)["derivedFrom"] == named
    bundle = document(house.trust, known.trust)
    [left] = [
        e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation"
    ]
    assert f"Observation/{left['id']}" == told
    assert "derivedFrom" not in left
    assert gone not in str(bundle)


# --- delegates, emergencies, referrals ----------------------------------------------------------


def test_a_delegate_is_told_the_persons_story_but_for_what_is_kept_from_them(
    house: House, office: Office, known: Known
) -> None:
    alcohol, mood = (house.trust.writes(survey(known.trust, code)) for code in ("75626-2", MOOD))
    office.names(known.me.me, ADA, Basis.DEPUTY)
    ada = acting(known.me)
    assert set(sections(document(ada, known.me.me))["told"]) == {alcohol, mood}
    who = {"type": "RelatedPerson", "identifier": _identifier(ADA)}
    actor = {"role": _recipient(), "reference": who}
    known.me.created(consent(known.me.me, "deny", actor=[actor], securityLabel=ETHUD))
    assert sections(document(ada, known.me.me))["told"] == [mood]
    assert set(sections(document(known.me, known.me.me))["told"]) == {alcohol, mood}


def _identifier(named: str) -> Json:
    system, _, value = named.partition("|")
    return {"system": system, "value": value}


def _recipient() -> Json:
    system = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
    return {"coding": [{"system": system, "code": "IRCP"}]}


def test_an_emergency_is_told_the_crisis_plan_first(house: House, known: Known) -> None:
    house.trust.writes(plan(known.trust, act("housing")))
    crisis = house.trust.writes(plan(known.trust, act("crisis-route"), kind="736253002"))
    doctor = breaks(house, "DA1", known.drugs)
    told = sections(document(doctor, known.drugs))
    assert next(iter(told)) == "crisis"
    assert told["crisis"] == [crisis]
    assert list(told)[-1] == "plans"
    assert "crisis" not in sections(document(house.drugs, known.drugs))


def test_an_emergency_is_about_one_person(house: House, known: Known) -> None:
    other = house.drugs.writes(patient(1))
    doctor = breaks(house, "DA1", known.drugs)
    assert story(doctor, other).status == story(doctor, NEVER).status == 404


def test_a_referral_says_who_acts_next_by_name(house: House, known: Known) -> None:
    sender, receiver = (house.organizations[ods] for ods in ("RX1", "DA1"))
    listed = house.trust.writes(survey(known.trust))
    coded = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}
    sent = referral(known.trust, sender, receiver, listed, code=coded)
    house.trust.sent(*sent)
    for caller, mine in ((house.trust, known.trust), (house.drugs, known.drugs)):
        bundle = document(caller, mine)
        words = str(bundle["entry"][0]["resource"]["section"])
        assert "Referral to Drugs" in words
        assert "waiting for an answer" in words
        assert len(sections(bundle)["referrals"]) == 2
