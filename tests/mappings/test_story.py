"""A story tells what resources say, in reading order and plain words, and nothing else."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

import fhir_profiles
from mappings import screening
from mappings.instruments import all_instruments, instrument
from mappings.story import MOST, TELLERS, about, assemble
from mappings.story_table import beside, parts, types, wanted
from mappings.story_value import Item, Section, Story
from mappings.story_words import day
from mappings.verdict import Mapped

Json = dict[str, Any]
ME = {"resourceType": "Patient", "id": "me", "birthDate": "1991-03-14"}
TODAY = date(2026, 5, 1)
NAMES = {
    "ods|RX4": "Northside",
    "ods|DA1": "Clearwater",
    "Organization/hs": "Riverside",
    "RelatedPerson/1": "Ada",
}
READING = ["what-matters", "crisis", "strengths", "team", "told", "plans", "referrals"]
SNOMED, OURS = "http://snomed.info/sct", "https://onestory.example/fhir/CodeSystem"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def told(*resources: Json, **more: Any) -> Story:
    return assemble(resources, ME, NAMES, TODAY, **more)


def section(story: Story, code: str) -> Section | None:
    return next((one for one in story.sections if one.code == code), None)


def only(story: Story, code: str) -> Item:
    found = section(story, code)
    assert found is not None
    [item] = found.items
    return item


def said(item: Item) -> list[tuple[str, str]]:
    return [(line.label, line.text) for line in item.lines]


def resource(type_: str, **elements: Any) -> Json:
    whose = {"for": "for"}.get(type_, "subject")
    return {"resourceType": type_, "id": "1", whose: {"reference": "Patient/me"}} | elements


def concept(system: str, code: str, **more: Any) -> Json:
    return {"coding": [{"system": system, "code": code}]} | more


def ours(code: str) -> Json:
    return concept(f"{OURS}/care-plan", code)


def logical(ods: str) -> Json:
    return {"type": "Organization", "identifier": {"system": ODS, "value": ods}}


def plan(**elements: Any) -> Json:
    kind = [concept(SNOMED, "734163000")]
    return resource("CarePlan", status="active", intent="plan", category=kind) | elements


def crisis(**elements: Any) -> Json:
    kind = [concept(SNOMED, "736253002")]
    return plan(category=kind, id="crisis") | elements


def act(code: Json, **detail: Any) -> Json:
    return {"detail": {"code": code, "status": "unknown"} | detail}


def whole_plan() -> list[Json]:
    """The example of a whole plan, as a server holds it."""
    bundle = fhir_profiles.load("examples/valid/care-plan-whole.json")
    named = {
        e["fullUrl"]: f"{e['resource']['resourceType']}/{e['fullUrl'][9:]}" for e in bundle["entry"]
    }

    def held(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: named.get(v, v) if isinstance(v, str) else held(v) for k, v in value.items()}
        return [held(each) for each in value] if isinstance(value, list) else value

    return [{**held(e["resource"]), "id": e["fullUrl"][9:]} for e in bundle["entry"]]


def test_a_whole_plan_is_told_in_reading_order() -> None:
    patient, *resources = whole_plan()
    story = assemble(resources, patient, NAMES, TODAY)
    assert [one.code for one in story.sections] == [*READING[:6], "do-not-ask"]
    assert all(one.items for one in story.sections)


def test_in_an_emergency_what_helps_in_a_crisis_comes_first() -> None:
    patient, *resources = whole_plan()
    usual = assemble(resources, patient, NAMES, TODAY)
    story = assemble(resources, patient, NAMES, TODAY, emergency=True)
    assert story.sections[0].code == "crisis"
    assert {one.code: one for one in usual.sections} == {one.code: one for one in story.sections}


def test_a_section_with_nothing_to_tell_is_absent() -> None:
    assert told().sections == ()
    assert told(resource("Flag", status="active")).sections == ()


def test_the_order_in_which_resources_come_changes_nothing_that_is_told() -> None:
    patient, *resources = whole_plan()
    told_first = assemble(resources, patient, NAMES, TODAY)
    again = assemble(reversed(resources), patient, NAMES, TODAY)
    for one, other in zip(told_first.sections, again.sections, strict=True):
        assert sorted(map(str, one.items)) == sorted(map(str, other.items))


@pytest.mark.parametrize("left", range(1, 10))
def test_what_is_not_handed_in_is_not_told(left: int) -> None:
    """Each resource that is left out takes its own words away and brings no others."""
    patient, *resources = whole_plan()
    gone = resources.pop(left)
    words = str(assemble(resources, patient, NAMES, TODAY).sections)
    assert f"{gone['resourceType']}/{gone['id']}" not in words


# --- what matters, strengths, crisis ----------------------------------------------------------


def test_wishes_come_first_and_the_persons_own_goals_before_others() -> None:
    own = {"expressedBy": {"reference": "Patient/me"}}
    goals = [
        resource("Goal", id="team", lifecycleStatus="active", description={"text": "Sleep."}),
        resource("Goal", id="own", lifecycleStatus="active", description={"text": "Work."}) | own,
        resource("Goal", id="done", lifecycleStatus="completed", description={"text": "Swim."}),
    ]
    found = section(told(*goals, plan(description="My sister.")), "what-matters")
    assert found is not None
    assert [item.title for item in found.items] == ["In my words", "Work.", "Sleep.", "Swim."]
    assert found.items[1].source == "In my own words"
    assert said(found.items[3]) == [("", "Done")]


@pytest.mark.parametrize("status", ["cancelled", "rejected", "entered-in-error"])
def test_goals_that_were_given_up_are_not_told(status: str) -> None:
    gone = resource("Goal", lifecycleStatus=status, description={"text": "Sleep."})
    assert told(gone).sections == ()


def test_a_goal_without_words_is_not_told() -> None:
    assert told(resource("Goal", lifecycleStatus="active", description={})).sections == ()


def test_a_crisis_plan_says_what_helps_then_whom_to_call_then_the_rest() -> None:
    acts = [
        act(ours("wellbeing"), description="Choir."),
        act(concept(SNOMED, "718021000"), status="completed"),
        act(ours("staying-safe"), description="My list."),
        act(ours("crisis-route"), description="111, option 2."),
    ]
    item = only(told(crisis(description="Ring Ada.", activity=acts)), "crisis")
    assert item.title == "My crisis plan"
    assert said(item) == [
        ("What helps", "Ring Ada."),
        ("Whom to call in a crisis", "111, option 2."),
        ("Staying safe", "My list."),
        ("Take-home naloxone, and how to use it", "Done"),
        ("Wellbeing", "Choir."),
    ]


def test_a_crisis_plan_without_words_is_not_told_and_ended_ones_are_not() -> None:
    assert told(crisis()).sections == ()
    assert told(crisis(description="Ring Ada.", status="completed")).sections == ()


def test_a_crisis_plan_may_be_a_document() -> None:
    kind = concept(SNOMED, "736253002")
    held = resource("DocumentReference", status="current", type=kind, date="2026-02-03")
    item = only(told(held), "crisis")
    assert (item.title, item.source) == ("My crisis plan, held as a document", "3 February 2026")
    named = only(told(held | {"description": "If it gets dark"}), "crisis")
    assert named.title == "If it gets dark"


def test_what_helps_in_difficult_situations_is_told_where_it_says_something() -> None:
    message = resource(
        "Communication",
        status="completed",
        category=[ours("difficult-situations")],
        payload=[{"contentString": "Speak slowly."}],
    )
    assert said(only(told(message), "crisis")) == [("", "Speak slowly.")]
    assert told(message | {"payload": [{"contentReference": {"display": "x"}}]}).sections == ()


def test_strengths_are_told_and_what_the_person_does_to_feel_well() -> None:
    strong = resource("Observation", status="final", code=ours("strengths"), valueString="Funny.")
    well = plan(id="2", activity=[act(ours("wellbeing"), description="Choir.", status="completed")])
    found = section(told(strong, well), "strengths")
    assert found is not None
    assert [(one.title, said(one)) for one in found.items] == [
        ("Strengths", [("", "Funny.")]),
        ("Wellbeing", [("", "Choir. (done)")]),
    ]
    assert told(strong | {"valueString": ""}).sections[0].code == "do-not-ask"


# --- who works with the person ------------------------------------------------------------------


def participant(service: str, member: Json, **more: Any) -> Json:
    return {"role": [concept(f"{OURS}/care-team", service)], "member": member} | more


def test_the_one_who_coordinates_comes_first() -> None:
    leads = participant("community-mental-health", {"display": "Helen"}, onBehalfOf=logical("RX4"))
    leads["role"].insert(0, concept(SNOMED, "768820003"))
    team = resource(
        "CareTeam",
        status="active",
        participant=[
            participant("housing", {"reference": "Organization/hs"}),
            participant("carer", {"reference": "RelatedPerson/1"}),
            participant("primary-care", {"reference": "Practitioner/unseen"}),
            leads,
            {"member": logical("DA1")},
            {"period": {"end": "2026-04-30"}, "member": logical("DA1")},
            {"period": {"start": "2026-04-30"}},
        ],
        telecom=[{"system": "phone", "value": "01632 960100"}, {"system": "email", "value": "a"}],
        managingOrganization=[logical("RX4")],
    )
    item = only(told(team), "team")
    assert said(item) == [
        ("Coordinates everything", "Helen, Northside"),
        ("Housing service", "Riverside"),
        ("Carer", "Ada"),
        ("", "Primary care"),
        ("Works with me", "Clearwater"),
        ("Telephone", "01632 960100"),
    ]
    assert item.source == "Northside"


def test_a_coordinator_whose_name_is_not_seen_is_told_by_what_they_do() -> None:
    leads = {"role": [concept(SNOMED, "768820003")], "member": {"reference": "Practitioner/x"}}
    team = resource("CareTeam", status="active", participant=[leads])
    assert said(only(told(team), "team")) == [
        ("Coordinates everything", "Care coordinator (occupation)")
    ]


@pytest.mark.parametrize("more", [{"status": "inactive"}, {"participant": []}])
def test_a_team_that_ended_or_of_whom_nothing_is_seen_is_not_told(more: Json) -> None:
    there = [{"member": logical("DA1")}]
    assert told(resource("CareTeam", status="active", participant=there)).sections
    assert not told(resource("CareTeam", status="active", participant=there) | more).sections


# --- what was told already ----------------------------------------------------------------------


def screened(kind: str, **record: str) -> list[Json]:
    """What a flat record becomes, as a server holds it."""
    held = instrument(kind)
    assert held is not None
    base = {"nhs_number": "9990000018", "birth_date": "1991-03-14", "practitioner_id": ""}
    mapped = screening.to_fhir(
        base | {"recorded_at": "2026-03-01", "organization_ods": "RX4"} | record, held
    )
    assert isinstance(mapped, Mapped), mapped
    found: list[Json] = []
    for entry in mapped.entries[1:]:
        made = deepcopy(dict(entry.resource)) | {"id": entry.full_url[9:]}
        for origin in made.get("derivedFrom", []):
            origin["reference"] = f"QuestionnaireResponse/{origin['reference'][9:]}"
        found.append(made)
    return found


AUDIT_C = {"auditc-1": "3", "auditc-2": "1", "auditc-3": "1"}
ASSIST = {"version": "mh", "al-tobacco-1": "y", "al-tobacco-2": "n", "al-tobacco-3": "n"}


def test_answers_are_told_with_their_result_in_words() -> None:
    item = only(told(*screened("audit-c", **AUDIT_C)), "told")
    assert (item.title, item.source) == ("Alcohol (AUDIT-C)", "Northside, 1 March 2026")
    assert said(item) == [("Result", "5 (a short talk about it can help)")]


def test_an_unconfirmed_table_is_said_and_parts_are_told_by_their_names() -> None:
    item = only(told(*screened("assist-lite-uk", **ASSIST, **AUDIT_C)), "told")
    assert said(item) == [
        (
            "Tobacco",
            "1 (some things were hard, and help may be wanted; its table is not confirmed yet)",
        ),
        ("Alcohol", "5 (a short talk about it can help)"),
    ]


def test_a_score_alone_is_told_where_its_answers_are_not_seen() -> None:
    response, score = screened("audit-c", **AUDIT_C)
    item = only(told(score), "told")
    assert (item.title, said(item)[0][1]) == (
        "Alcohol (AUDIT-C)",
        "5 (a short talk about it can help)",
    )
    assert item.references == (f"Observation/{score['id']}",)
    unfinished = response | {"status": "in-progress"}
    assert only(told(unfinished, score), "told").references == item.references


def test_one_score_of_many_is_told_by_its_own_name() -> None:
    _, tobacco, _ = screened("assist-lite-uk", **ASSIST, **AUDIT_C)
    assert only(told(tobacco), "told").title == "ASSIST-Lite tobacco score"


@pytest.mark.parametrize("answer", ["n", "y"])
def test_no_risk_is_graded(answer: str) -> None:
    """The screener for thoughts of suicide is never told by its triage, nor by having one."""
    held = instrument("c-ssrs-screener")
    assert held is not None
    response, *scores = screened("c-ssrs-screener", **{item.link_id: answer for item in held.items})
    scores = [one for one in scores if one["resourceType"] == "Observation"]
    untold = [("", "It was talked about. Please ask how things are now, and listen.")]
    assert said(only(told(response, *scores), "told")) == untold
    assert [said(only(told(one), "told")) for one in scores] == [untold] * len(scores)


def test_every_band_that_a_score_may_have_is_told_in_words_of_ours() -> None:
    words = fhir_profiles.load("story/words.json")
    bands = {band.code for held in all_instruments() for s in held.scores for band in s.bands}
    bands |= {
        o.code for held in all_instruments() for s in held.scores for o in s.outcomes if o.code
    }
    assert bands <= words["results"].keys()
    assert {held.id for held in all_instruments()} <= words["instruments"].keys()
    for text in words["results"].values():
        assert "risk" not in text
        assert "abuse" not in text


def test_scores_of_others_are_told_by_what_they_say() -> None:
    survey = [concept("http://terminology.hl7.org/CodeSystem/observation-category", "survey")]
    other = resource(
        "Observation",
        status="final",
        category=survey,
        code={"text": "Wellbeing wheel"},
        effectiveDateTime="2026-03",
        valueQuantity={"value": 4},
    )
    item = only(told(other), "told")
    assert (item.title, said(item), item.source) == (
        "Wellbeing wheel",
        [("Result", "4")],
        "March 2026",
    )
    answers = resource("QuestionnaireResponse", id="2", status="completed", questionnaire="urn:x")
    derived = other | {"derivedFrom": [{"reference": "QuestionnaireResponse/2"}]}
    assert said(only(told(answers, derived), "told")) == [("Wellbeing wheel", "4")]
    nameless = derived | {"code": {}, "valueQuantity": {}, "valueString": "fine"}
    assert said(only(told(answers, nameless), "told")) == [("Score", "fine")]
    silent = {k: v for k, v in other.items() if k != "valueQuantity"} | {"code": {}}
    assert said(only(told(silent), "told")) == [("", "Result")]
    named = screened("audit-c", **AUDIT_C)[1] | {"derivedFrom": derived["derivedFrom"]}
    assert said(only(told(answers, named), "told"))[0][0] == "AUDIT-C total"
    foreign = screened("phq-9", **{f"phq9-{n}": "0" for n in range(1, 11)})[1]
    mixed = screened("assist-lite-uk", **ASSIST)[0]
    strange = foreign | {"derivedFrom": [{"reference": f"QuestionnaireResponse/{mixed['id']}"}]}
    assert ("PHQ-9 total", "0 (little that needs help was found then)") in said(
        only(told(mixed, strange), "told")
    )


def finding(code: str, **value: Any) -> Json:
    return resource("Observation", status="final", code=ours(code), **value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueString": "A flat."}, "A flat."),
        ({"valueCodeableConcept": ours("assessed-none")}, "Looked at; nothing needed now"),
        ({"valueInteger": 3}, "3"),
        (
            {
                "component": [
                    {"code": ours("alcohol"), "valueBoolean": True},
                    {"code": ours("opioids"), "valueBoolean": False},
                ]
            },
            "Alcohol",
        ),
    ],
)
def test_what_was_found_is_told_in_words(value: Json, words: str) -> None:
    assert said(only(told(finding("housing", **value)), "told")) == [("", words)]


def test_safeguarding_and_dependants_are_no_part_of_a_story() -> None:
    for code in ("safeguarding", "dependants"):
        assert told(finding(code, valueString="x")).sections == ()


# --- please do not ask again --------------------------------------------------------------------


def test_only_the_last_time_is_told_with_the_time_it_asked_about() -> None:
    before = screened("audit-c", **AUDIT_C, recorded_at="2025-03-01")
    story = told(*screened("audit-c", **AUDIT_C), *before)
    item = only(story, "do-not-ask")
    assert said(item) == [
        ("Answered", "Northside, 1 March 2026"),
        ("", "It asked about the past year."),
    ]
    found = section(story, "told")
    assert found is not None
    assert [one.on for one in found.items] == ["2026-03-01", "2025-03-01"]


def test_what_was_answered_about_is_told_where_there_are_several_topics() -> None:
    item = only(told(*screened("assist-lite-uk", **ASSIST, **AUDIT_C)), "do-not-ask")
    assert ("About", "Tobacco, alcohol") in said(item)
    bare = screened("assist-lite-uk", **ASSIST)[0] | {"item": []}
    assert "About" not in dict(said(only(told(bare), "do-not-ask")))


def test_a_time_that_no_source_names_is_not_made_up() -> None:
    held = screened("ldq", **{item.link_id: "0" for item in instrument("ldq").items})  # type: ignore[union-attr]
    assert ("", "It asked about the time that its form names.") in said(
        only(told(*held), "do-not-ask")
    )


def test_a_score_alone_and_a_topic_are_not_asked_again_either() -> None:
    _, score = screened("audit-c", **AUDIT_C)
    assert only(told(score), "do-not-ask").title == "Alcohol (AUDIT-C)"
    older = finding("housing", valueString="None.", id="old", effectiveDateTime="2025-01-01")
    newer = finding("housing", valueString="A flat.", id="new", effectiveDateTime="2026-01-01")
    item = only(told(newer, older), "do-not-ask")
    assert (item.title, item.references) == ("Housing", ("Observation/new",))
    assert said(only(told(finding("housing", valueString="x")), "do-not-ask")) == [
        ("Answered", "–")
    ]
    unknown = score | {"code": {"text": "Something"}, "id": "2"}
    assert only(told(unknown), "do-not-ask").title == "Something"


def test_a_screening_that_a_plan_rests_on_is_not_asked_again() -> None:
    url = "https://onestory.example/fhir/StructureDefinition"
    canonical = "https://onestory.example/fhir/Questionnaire/audit-c"
    rests_on = {
        "extension": [
            {"url": f"{url}/screened-with", "valueCanonical": canonical},
            {"url": f"{url}/screened-on", "valueDate": "2026-02-01"},
        ],
        "type": "QuestionnaireResponse",
    }
    held = plan(supportingInfo=[rests_on, {"reference": "Observation/9"}])
    item = only(told(held), "do-not-ask")
    assert (item.title, said(item)[0]) == ("Alcohol (AUDIT-C)", ("Answered", "1 February 2026"))
    response, _ = screened("audit-c", **AUDIT_C)
    assert only(told(held, response), "do-not-ask").references != item.references


# --- plans and referrals ------------------------------------------------------------------------


def test_a_plan_tells_what_will_be_done_then_what_for_then_when_it_is_looked_at_again() -> None:
    declined = {"status": "cancelled", "statusReason": ours("declined")}
    task = {"status": "requested", "intent": "plan", "for": {"reference": "Patient/me"}}
    held = [
        plan(
            title="Going on",
            description="Not told twice.",
            activity=[
                act(ours("wellbeing"), description="Told as a strength."),
                act(ours("housing"), description="Repair.", scheduledPeriod={"start": "2026-06"}),
                act(concept(SNOMED, "225323000"), **declined),
                act({}, description="Letters."),
                act(ours("employment")),
                *({"reference": {"reference": f"Task/{n}"}} for n in ("go", "was", "next", "no")),
            ],
            addresses=[{"reference": "Condition/1"}, {"reference": "Condition/2"}],
            note=[{"text": "Rings Ada first."}, {}],
        ),
        resource("Condition", code={"text": "Sleep."}),
        resource("Condition", id="2", category=[concept(f"{OURS}/need", "housing")]),
        {"resourceType": "Task", "id": "go", "code": ours("mutual-aid-facilitation")}
        | task
        | {"executionPeriod": {"start": "2026-05-09"}, "description": "Joy goes along."},
        {"resourceType": "Task", "id": "was", "code": ours("review")}
        | task
        | {"status": "completed", "executionPeriod": {"end": "2026-04-01"}},
        {"resourceType": "Task", "id": "next", "code": ours("review"), "owner": logical("RX4")}
        | task
        | {"restriction": {"period": {"end": "2026-07-01"}}},
    ]
    item = only(told(*held), "plans")
    assert item.title == "Going on"
    assert said(item) == [
        ("Housing", "Repair. (June 2026)"),
        ("Help to stop smoking", "I chose not to; it can be offered again"),
        ("Step", "Letters."),
        ("", "Education, training and work"),
        ("Going along to recovery support", "Joy goes along. (planned, 9 May 2026)"),
        ("What I would like help with", "Sleep."),
        ("What I would like help with", "Housing"),
        ("Notes", "Rings Ada first."),
        ("Last review", "1 April 2026"),
        ("Next review", "1 July 2026 (Northside)"),
    ]
    assert set(item.references) == {
        "CarePlan/1",
        "Task/go",
        "Task/was",
        "Task/next",
        "Condition/1",
        "Condition/2",
    }


def test_a_plan_of_another_kind_tells_what_it_is_about() -> None:
    other = plan(category=[], description="Rent is paid on the first.")
    item = only(told(other), "plans")
    assert (item.title, said(item)) == ("A plan", [("About", "Rent is paid on the first.")])
    assert section(told(other), "what-matters") is None


def test_a_planned_review_is_told_without_its_task_and_what_says_nothing_is_left_out() -> None:
    url = "https://onestory.example/fhir/StructureDefinition/planned-review-date"
    task = {"resourceType": "Task", "intent": "plan"}
    held = [
        plan(
            extension=[{"url": url, "valueDate": "2026-07-01"}],
            activity=[{"reference": {"reference": f"Task/{n}"}} for n in ("a", "b")],
            addresses=[{"reference": "Condition/1"}],
        ),
        task | {"id": "a", "status": "completed", "code": ours("review")},
        task | {"id": "b", "status": "unheard", "code": {}},
        resource("Condition"),
    ]
    assert said(only(told(*held), "plans")) == [("", "Step"), ("Next review", "1 July 2026")]


def referred(**elements: Any) -> Json:
    return resource(
        "ServiceRequest",
        status="active",
        intent="order",
        code=concept(SNOMED, "417096006", text="Drug and alcohol team"),
        authoredOn="2026-04-01T09:30:00+01:00",
        requester=logical("RX4"),
        performer=[logical("DA1")],
        **elements,
    )


def moving(status: str, **elements: Any) -> Json:
    return {
        "resourceType": "Task",
        "id": "t",
        "status": status,
        "intent": "order",
        "code": concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "focus": {"reference": "ServiceRequest/1"},
        "requester": logical("RX4"),
        "owner": logical("DA1"),
    } | elements


@pytest.mark.parametrize(
    ("status", "stands", "acts"),
    [
        ("requested", "sent, and waiting for an answer", "Clearwater"),
        ("accepted", "accepted", "Clearwater"),
        ("rejected", "not accepted there; another way is to be found", "Northside"),
        ("completed", "finished", None),
        ("cancelled", "stopped", None),
    ],
)
def test_a_referral_says_where_it_stands_and_who_acts_next(
    status: str, stands: str, acts: str | None
) -> None:
    request = referred(reasonCode=[{"text": "To drink less"}], patientInstruction="Keep the diary.")
    item = only(told(request, moving(status)), "referrals")
    assert (item.title, item.source) == ("Referral to Clearwater", "Northside, 1 April 2026")
    words = dict(said(item))
    assert words["Asked for"] == "Drug and alcohol team"
    assert (words["Why"], words["While I wait"]) == ("To drink less", "Keep the diary.")
    assert (words["Where it stands"], words.get("Who acts next")) == (stands, acts)
    assert item.references == ("ServiceRequest/1", "Task/t")


def test_a_referral_without_a_step_is_told_by_itself_and_ended_ones_last() -> None:
    first = told(referred(), referred() | {"id": "2", "status": "completed"}).sections[0]
    assert [dict(said(one))["Where it stands"] for one in first.items] == ["sent", "finished"]
    bare = {"resourceType": "ServiceRequest", "id": "1", "status": "active", "intent": "order"}
    item = only(told(bare), "referrals")
    assert (item.title, said(item)) == ("A referral", [("Where it stands", "sent")])


def test_a_step_that_does_not_say_where_it_stands_is_told_without_that() -> None:
    step = {k: v for k, v in moving("requested").items() if k != "status"}
    assert [label for label, _ in said(only(told(referred(), step), "referrals"))] == ["Asked for"]


def test_a_step_alone_is_told_where_what_was_asked_for_is_not_seen() -> None:
    item = only(told(moving("requested")), "referrals")
    assert (item.title, dict(said(item))["Who acts next"]) == (
        "Referral to Clearwater",
        "Clearwater",
    )
    assert item.references == ("Task/t",)


@pytest.mark.parametrize(("status", "due"), [("requested", "6 May 2026"), ("accepted", None)])
def test_an_answer_is_due_while_one_is_waited_for(status: str, due: str | None) -> None:
    limit = {"restriction": {"period": {"end": "2026-05-06T10:00:00Z"}}}
    for resources in ((referred(), moving(status, **limit)), (moving(status, **limit),)):
        assert dict(said(only(told(*resources), "referrals"))).get("An answer is due by") == due


def test_a_withdrawn_request_is_not_told() -> None:
    for status in ("revoked", "entered-in-error", "draft"):
        assert told(referred() | {"status": status}).sections == ()


# --- the table, and words -----------------------------------------------------------------------


def test_every_draw_of_the_table_has_a_teller_and_every_teller_a_draw() -> None:
    assert {draw.tells for part in parts() for draw in part.draws} == set(TELLERS)
    codes = {one["code"] for one in fhir_profiles.load("codesystems/story.json")["concept"]}
    assert codes == {"story"} | {part.code for part in parts()}
    assert set(types()) >= {"CarePlan", "CareTeam", "Goal", "Observation", "Task"}
    assert "Condition" in beside()


def test_our_code_system_counts_its_codes_and_says_the_titles() -> None:
    held = fhir_profiles.load("codesystems/story.json")
    assert held["count"] == len(held["concept"])
    titles = {one["code"]: one["display"] for one in held["concept"]}
    assert all(titles[part.code] == part.title for part in parts())


def test_a_section_tells_the_newest_and_no_more_than_a_hundred() -> None:
    many = [
        finding("housing", valueString=str(n), id=str(n), effectiveDateTime=f"20{n:02}")
        for n in range(10, 10 + MOST // 2)
    ] + [
        finding("smoking", valueString=str(n), id=f"s{n}", effectiveDateTime=f"20{n:02}")
        for n in range(10, 20 + MOST // 2)
    ]
    found = section(told(*many), "told")
    assert found is not None
    assert len(found.items) == MOST
    assert found.items[0].on == "2069"
    assert [item.on for item in found.items] == sorted((i.on for i in found.items), reverse=True)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ([{"given": ["Amara", "B."], "family": "Okafor"}], "Amara B. Okafor, 14 March 1991"),
        ([{"text": "Amara"}], "Amara, 14 March 1991"),
        ([], "14 March 1991"),
    ],
)
def test_the_person_is_named_as_the_readers_own_patient_names_them(
    named: list[Json], words: str
) -> None:
    assert about(ME | {"name": named}) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", ""),
        ("2025", "2025"),
        ("2025-05", "May 2025"),
        ("2025-05-03", "3 May 2025"),
        ("2025-05-03T23:30:00Z", "4 May 2025"),
        ("2025-12-03T23:30:00Z", "3 December 2025"),
        ("2016-12-31T23:59:60Z", "31 December 2016"),
        ("0001-01-01T00:00:00+14:00", "1 January 1"),
    ],
)
def test_a_date_is_told_as_exactly_as_it_is_and_as_londons_day(given: str, words: str) -> None:
    assert day(given) == words


def test_a_codes_own_words_come_before_ours_and_the_senders_last() -> None:
    acts = [
        act(concept(SNOMED, "225323000", text="The clinic on Tuesdays")),
        act({"coding": [{"system": "urn:s", "code": "1", "display": "A walk"}]}),
        act({"coding": [{"system": "urn:s", "code": "1"}]}),
    ]
    assert said(only(told(plan(activity=acts)), "plans")) == [
        ("", "The clinic on Tuesdays"),
        ("", "A walk"),
        ("", ""),
    ]


def test_what_any_section_takes_is_wanted_and_nothing_else_is() -> None:
    assert wanted(plan())
    assert not wanted(plan(status="draft"))
    assert not wanted(resource("Flag", status="active"))
