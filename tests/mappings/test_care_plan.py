"""A flat care plan becomes FHIR and comes back as it was."""

import json
import os

import pytest
from care_plans import WHOLE, care_plans
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings

from gateway.fhir import rules, structure
from mappings import care_plan, reversing
from mappings.bundles import standalone, transaction
from mappings.verdict import Flattened, Mapped, Unmappable

EXAMPLES = 2000 if os.environ.get("ONESTORY_FULL") else 60
THOROUGH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def entries(record):
    found = care_plan.to_fhir(record)
    assert isinstance(found, Mapped), found
    return found.entries


def back(*documents):
    around = reversing.Surroundings()
    held = [one for document in documents for one in reversing.resources(document)]
    for addresses, resource in held:
        around.learn(addresses, resource)
    found = (reversing.care_plan_of(one, addresses, around) for addresses, one in held)
    return [one for one in found if one is not None]


def resources(record, kind):
    return [one.resource for one in entries(record) if one.resource["resourceType"] == kind]


@THOROUGH
@given(care_plans())
def test_a_plan_comes_back_as_it_was(record):
    assert back(transaction(entries(record))) == [Flattened(record)]


@settings(THOROUGH, max_examples=EXAMPLES // 3)
@given(care_plans())
def test_resources_that_stand_alone_come_back_too(record):
    assert back(*standalone(entries(record))) == [Flattened(record)]


@settings(THOROUGH, max_examples=EXAMPLES // 3)
@given(care_plans())
def test_everything_produced_is_valid_r4(record):
    bundle = transaction(entries(record))
    assert structure.check(bundle) == []
    assert rules.check(bundle) == []


def test_the_whole_plan_is_valid_by_the_reference_models():
    for entry in entries(WHOLE):
        get_fhir_model_class(entry.resource["resourceType"]).model_validate(entry.resource)


def test_the_same_record_makes_the_same_bytes_and_is_stored_once():
    assert care_plan.to_fhir(WHOLE) == care_plan.to_fhir(dict(reversed(WHOLE.items())))
    made = entries(WHOLE)
    conditions = [one.if_none_exist for one in made if one.resource["resourceType"] != "Provenance"]
    assert all(conditions)
    assert len(set(conditions)) == len(conditions)
    assert len({one.full_url for one in made}) == len(made)


def test_why_family_took_no_part_comes_back():
    reason = {"family_involved": "n", "family_not_involved_reason": "Prefers it so for now."}
    assert back(transaction(entries(WHOLE | reason)))[0].record["family_involved"] == "n"
    assert set(reason.items()) <= set(back(transaction(entries(WHOLE | reason)))[0].record.items())


def test_the_same_moment_by_the_clock_is_the_same_plan():
    by_offset = entries(WHOLE | {"recorded_at": "2026-07-01T10:00:00+01:00"})
    by_clock = entries(WHOLE | {"recorded_at": "2026-07-01T10:00:00"})
    assert by_offset[1].if_none_exist == by_clock[1].if_none_exist


def test_a_batch_of_plans_fits_into_one_bundle():
    full = (
        WHOLE
        | {f"goal_{n}": "x" for n in range(1, 6)}
        | {f"goal_{n}_by": "team" for n in range(1, 6)}
    )
    full |= {f"need_{n}_domain": "social" for n in range(1, 7)} | {
        f"need_{n}": "x" for n in range(1, 7)
    }
    full |= {"adult_safeguarding": "y", "child_safeguarding": "y", "dependants": "none"}
    full |= {
        "agreed_by": "representative",
        "representative_name": "x",
        "representative_authority": "x",
    }
    assert len(entries(full)) * 100 < 5000


def test_what_matters_strengths_and_the_coordinator_stand_where_readers_look():
    plan, crisis = resources(WHOLE, "CarePlan")
    assert plan["description"] == WHOLE["what_matters"]
    listed = [
        one.resource for one in entries(WHOLE) if one.resource["resourceType"] == "Observation"
    ]
    assert listed[0]["valueString"] == WHOLE["strengths"]
    team = resources(WHOLE, "CareTeam")[0]
    first = team["participant"][0]
    assert first["role"][0]["coding"][0]["code"] == "768820003"
    assert first["member"]["display"] == "Sam Okafor"
    assert first["onBehalfOf"]["identifier"]["value"] == "RX4"
    assert crisis["partOf"] == [{"reference": entries(WHOLE)[1].full_url}]
    assert crisis["category"][0]["coding"][0]["code"] == "736253002"


def test_a_goal_in_the_persons_words_is_theirs():
    goals = resources(WHOLE, "Goal")
    patient = entries(WHOLE)[0].full_url
    assert goals[0]["expressedBy"] == {"reference": patient}
    assert goals[1]["expressedBy"]["type"] == "Practitioner"
    assert "expressedBy" not in resources(WHOLE | {"practitioner_id": ""}, "Goal")[1]


def test_a_review_date_raises_a_task_for_the_coordinators_organisation():
    review = resources(WHOLE, "Task")[-1]
    assert review["restriction"]["period"]["end"] == "2026-06-01"
    assert review["owner"]["identifier"]["value"] == "RX4"
    assert review["status"] == "requested"


def test_a_concern_about_safeguarding_is_a_flag():
    assert resources(WHOLE, "Flag") == []
    flags = resources(WHOLE | {"child_safeguarding": "y"}, "Flag")
    assert [one["code"]["coding"][0]["code"] for one in flags] == ["836881000000105"]


def test_what_helps_in_difficult_situations_is_restricted():
    held = resources(WHOLE, "Communication")
    assert held[0]["meta"]["security"][0]["code"] == "R"
    assert "meta" not in held[1]


REFUSED = {
    "no strengths": ({"strengths": ""}, ["strengths"]),
    "none for strengths": ({"strengths": "None"}, ["strengths"]),
    "no goal": ({"goal_1": "", "goal_1_by": "", "goal_2": "", "goal_2_by": ""}, ["goal_1"]),
    "a goal of nobody": ({"goal_2_by": ""}, ["goal_2_by"]),
    "a gap between goals": ({"goal_4": "x", "goal_4_by": "team"}, ["goal_4"]),
    "no coordinator's service": ({"coordinator_service": ""}, ["coordinator_service"]),
    "no review date": ({"review_on": ""}, ["review_on"]),
    "a review before the last": ({"review_on": "2025-11-01"}, ["review_on"]),
    "a plan that ends before it starts": ({"plan_to": "2026-02-28"}, ["plan_to"]),
    "a birth date after the plan": ({"birth_date": "2026-03-02"}, ["birth_date"]),
    "no agreement and no reason": ({"agreed_at": "", "agreed_by": ""}, ["agreed_at"]),
    "agreement and a reason": ({"not_agreed_reason": "x"}, ["not_agreed_reason"]),
    "agreement on a day only": ({"agreed_at": "2026-03-01"}, ["agreed_at"]),
    "a representative without authority": (
        {"agreed_by": "representative", "representative_name": "x"},
        ["representative_authority"],
    ),
    "a representative without a name": (
        {"agreed_by": "representative"},
        ["representative_authority", "representative_name"],
    ),
    "a representative who agreed to nothing": (
        {"representative_name": "x"},
        ["representative_name"],
    ),
    "a crisis plan that waits": (
        {"crisis_route": "Call when you are: must be Sober."},
        ["crisis_route"],
    ),
    "one safeguarding question": ({"child_safeguarding": ""}, ["child_safeguarding"]),
    "a need of no words": ({"need_1": ""}, ["need_1"]),
    "a code that is no need": ({"need_1_code": "933641000000103"}, ["need_1_code"]),
    "a status that is unknown": ({"naloxone": "yes"}, ["naloxone"]),
    "the crisis type": ({"plan_type": "12"}, ["plan_type"]),
    "no status": ({"plan_status": ""}, ["plan_status"]),
    "an outcome unsaid": ({"recovery_link_outcome": ""}, ["recovery_link_outcome"] * 3),
    "an end without housing": (
        {"plan_status": "completed", "housing": ""},
        ["housing"],
    ),
    "an end without a way back": (
        {"plan_status": "completed", "recontact": ""},
        ["recontact"],
    ),
    "family that did and did not": (
        {"family_not_involved_reason": "x"},
        ["family_not_involved_reason"],
    ),
    "an unknown column": ({"risk_score": "7"}, ["risk_score"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    change, columns = REFUSED[case]
    found = care_plan.to_fhir(WHOLE | change)
    assert isinstance(found, Unmappable)
    assert [fault.where for fault in found.faults] == columns


def test_a_draft_may_leave_out_what_an_active_plan_holds():
    head = ("nhs_number", "birth_date", "recorded_at", "organization_ods", "plan_type")
    record = {name: WHOLE[name] for name in head} | {"plan_status": "draft"}
    assert back(transaction(entries(record))) == [Flattened(record)]
    assert isinstance(care_plan.to_fhir(record | {"plan_status": "active"}), Unmappable)


def changed(change):
    bundle = json.loads(json.dumps(transaction(entries(WHOLE))))
    change(bundle["entry"])
    return [[fault.where for fault in one.faults] for one in back(bundle)]


def only(entries, kind, index=0):
    return [one["resource"] for one in entries if one["resource"]["resourceType"] == kind][index]


def _more_goals(held):
    plan = only(held, "CarePlan")
    plan["goal"] = plan["goal"][:1] * 6


def _second_crisis(held):
    crisis = next(one for one in held if "partOf" in one["resource"])
    held.append(json.loads(json.dumps(crisis)) | {"fullUrl": "urn:uuid:another"})


UNSAYABLE = {
    "CarePlan.goal[5]": _more_goals,
    "CarePlan.goal[0]": lambda held: held.remove(
        next(one for one in held if one["resource"]["resourceType"] == "Goal")
    ),
    "CarePlan.partOf": _second_crisis,
    "CarePlan.note": lambda held: only(held, "CarePlan")["note"].append({"text": "more"}),
    "CarePlan.activity[0]": lambda held: only(held, "CarePlan")["activity"][0].update(
        detail={"status": "unknown", "description": "x"}
    ),
    "CarePlan.activity[1]": lambda held: only(held, "CarePlan")["activity"][1]["detail"].update(
        description="more words"
    ),
    "CarePlan.activity[2]": lambda held: only(held, "CarePlan")["activity"][2]["detail"].update(
        scheduledPeriod={"start": "2026-01-01"}
    ),
    "CarePlan.activity[3]": lambda held: only(held, "CarePlan")["activity"][3]["detail"].update(
        status="cancelled"
    ),
    "CarePlan.careTeam[1]": lambda held: only(held, "CarePlan")["careTeam"].append(
        only(held, "CarePlan")["careTeam"][0]
    ),
    "CareTeam.participant[1]": lambda held: only(held, "CareTeam")["participant"].insert(
        1, only(held, "CareTeam")["participant"][0]
    ),
    "CareTeam.participant[0]": lambda held: only(held, "CareTeam")["participant"][0].update(
        period={"end": "2026-01-01"}
    ),
    "CareTeam.telecom": lambda held: only(held, "CareTeam")["telecom"].append(
        {"system": "email", "value": "x"}
    ),
    "CarePlan.supportingInfo[0]": lambda held: only(held, "Observation").pop("valueString"),
    "CarePlan.supportingInfo[1]": lambda held: only(held, "CarePlan")["supportingInfo"].insert(
        1, {"type": "Encounter"}
    ),
    "Communication.about": lambda held: held.append(
        {"fullUrl": "urn:uuid:b", "resource": dict(only(held, "Communication"))}
    ),
    "CarePlan.contributor": lambda held: only(held, "CarePlan").update(
        contributor=[{"display": "x"}]
    ),
    "CarePlan.addresses[6]": lambda held: only(held, "CarePlan")["addresses"].extend(
        [only(held, "CarePlan")["addresses"][0]] * 5
    ),
    "CarePlan.supportingInfo[2]": lambda held: only(held, "CarePlan")["supportingInfo"].insert(
        2, only(held, "CarePlan")["supportingInfo"][1]
    ),
    "CarePlan.activity[4]": lambda held: only(held, "CarePlan")["activity"][4]["detail"].update(
        code={"coding": [{"code": "another"}]}
    ),
    "CarePlan.extension": lambda held: only(held, "CarePlan")["extension"][1].update(
        valueDate="2026-07-01"
    ),
}


@pytest.mark.parametrize("where", UNSAYABLE)
def test_what_no_column_can_say_is_refused_and_not_lost(where):
    assert changed(UNSAYABLE[where]) == [[where]]


def test_a_part_of_a_question_that_no_column_can_say_is_refused():
    def another_part(held):
        asked = next(one["resource"] for one in held if "component" in one["resource"])
        asked["component"][0]["code"] = {"text": "something else"}

    assert [place.partition("[")[0] for place in changed(another_part)[0]] == [
        "CarePlan.supportingInfo"
    ]


def test_a_second_agreement_is_refused():
    def twice(held):
        held.append({"fullUrl": "urn:uuid:c", "resource": dict(only(held, "Provenance"))})

    assert set(changed(twice)[0]) == {"Provenance.target"}


def test_a_crisis_part_without_its_plan_is_refused():
    bundle = transaction(entries(WHOLE))
    bundle["entry"] = [one for one in bundle["entry"] if "partOf" in one["resource"]]
    assert [[fault.where for fault in one.faults] for one in back(bundle)] == [["CarePlan.partOf"]]


def test_a_plan_without_its_patient_is_refused():
    bundle = transaction(entries(WHOLE))
    del bundle["entry"][0]
    assert [fault.where for fault in back(bundle)[0].faults] == ["CarePlan.subject"]


def test_an_offer_of_which_nothing_is_known_is_refused():
    def unknown(held):
        only(held, "CarePlan")["activity"][1]["detail"]["status"] = "unknown"

    assert changed(unknown) == [["CarePlan.activity[1]"]]


def test_a_task_that_no_column_can_say_is_refused():
    def another(held):
        only(held, "Task")["code"]["coding"][0]["code"] = "strengths"

    def gone(held):
        held.remove(next(one for one in held if one["resource"]["resourceType"] == "Task"))

    places = [[fault.partition("[")[0] for fault in one] for one in changed(another)]
    assert places == [["CarePlan.activity"]]
    assert [[fault.partition("[")[0] for fault in one] for one in changed(gone)] == places


def test_a_communication_that_no_column_can_say_is_refused():
    def silent(held):
        only(held, "Communication")["payload"] = []

    assert changed(silent) == [["Communication.about"]]


def test_a_record_that_would_be_refused_is_refused_on_the_way_back_too():
    def without_strengths(held):
        del only(held, "CarePlan")["supportingInfo"][0]

    assert changed(without_strengths) == [["strengths"]]


def test_a_telephone_number_alone_makes_a_team_of_nobody_yet():
    head = ("nhs_number", "birth_date", "recorded_at", "organization_ods", "plan_type")
    record = {name: WHOLE[name] for name in head} | {"plan_status": "draft"}
    record["recontact_phone"] = "01632 960100"
    assert "participant" not in resources(record, "CareTeam")[0]
    assert back(transaction(entries(record)))[0].record == record
