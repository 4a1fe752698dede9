"""What MHSDS may hold, what it refuses and why; nobody's consent is asked."""

import pytest

from mappings import mhsds
from mappings.bundles import batches, transaction
from mappings.reversing import Surroundings, own, resources
from mappings.verdict import Flattened, Mapped, Unmappable

WHO = {"OrgIDProv": "RX4", "NHSNumber": "9990000018", "PersonBirthDate": "1980-02-03"}
SCORE = WHO | {
    "Table": "MHS606CodedScoreAssessmentRefer",
    "ServiceRequestID": "SR1",
    "AssToolCompTimestamp": "2026-03-01T10:30:00+00:00",
    "CodedAssToolType": "720433000",
    "PersScore": "12",
}
REFERRAL = WHO | {
    "Table": "MHS101Referral",
    "ServiceRequestID": "SR1",
    "ReferralRequestReceivedDate": "2026-03-01",
}
TEAM = WHO | {
    "Table": "MHS102ServiceTypeReferredTo",
    "ServiceRequestID": "SR1",
    "ServTeamTypeRefToMH": "A02",
}
PLAN = WHO | {"Table": "MHS008CarePlanType", "CarePlanID": "P1", "CarePlanTypeMH": "12"}
COORDINATOR = WHO | {
    "Table": "MHS006MHCareCoord",
    "CareProfLocalID": "C1",
    "StartDateAssCareCoord": "2026-03-01",
}
PERSON = WHO | {"Table": "MHS001MPI", "Gender": "2"}


def made(record):
    mapped = mhsds.to_fhir(record)
    assert isinstance(mapped, Mapped), mapped
    return mapped.entries[-1].resource


def back(*documents):
    found = []
    for document in documents:
        known = own(document)
        for addresses, resource in resources(document):
            found.append(mhsds.from_fhir(resource, addresses, known))
    return [row for row in found if row is not None]


def test_a_score_is_an_observation_of_the_referral():
    observation = made(SCORE)
    assert observation["code"]["coding"][0]["code"] == "720433000"
    assert observation["valueQuantity"]["value"] == 12
    assert observation["valueQuantity"]["code"] == "{score}"
    assert observation["basedOn"][0]["identifier"]["value"] == "SR1"
    assert observation["category"][0]["coding"][0]["code"] == "survey"


@pytest.mark.parametrize(
    ("old", "new"), [("506701000000100", "720433000"), ("958051000000104", "718583008")]
)
def test_a_superseded_assessment_is_read_and_never_written(old, new):
    mapped = mhsds.to_fhir(SCORE | {"CodedAssToolType": old})
    assert mapped == mhsds.to_fhir(SCORE | {"CodedAssToolType": new})
    observation = made(SCORE)
    observation["code"]["coding"][0]["code"] = old
    bundle = transaction(mapped.entries[:1])
    bundle["entry"].append({"fullUrl": "urn:uuid:1", "resource": observation})
    assert back(bundle) == [Flattened(SCORE | {"CodedAssToolType": new})]


def test_a_referral_says_where_it_came_from_and_how_soon():
    request = made(REFERRAL | {"SourceOfReferralMH": "M4", "ClinRespPriorityType": "1"})
    source = request["extension"][1]["valueCodeableConcept"]["coding"]
    assert [coding["code"] for coding in source] == ["M4"]
    assert request["priority"] == "stat"
    assert request["status"] == "active"


def test_the_source_is_understood_from_uk_core_alone():
    request = made(REFERRAL | {"SourceOfReferralMH": "B1"})
    request["extension"][1]["valueCodeableConcept"]["coding"] = [
        {"system": "http://snomed.info/sct", "code": "200771000000103"}
    ]
    patient = mhsds.to_fhir(REFERRAL).entries[:1]
    bundle = transaction(patient)
    bundle["entry"].append({"fullUrl": "urn:uuid:1", "resource": request})
    (row,) = back(bundle)
    assert row.record["SourceOfReferralMH"] == "M4"


def test_a_discharge_completes_the_referral():
    assert made(REFERRAL | {"ServDischDate": "2026-05-01"})["status"] == "completed"


@pytest.mark.parametrize(
    ("filled", "status"),
    [
        ({}, "in-progress"),
        ({"ReferRejectReason": "02"}, "rejected"),
        ({"ReferRejectionDate": "2026-03-02"}, "rejected"),
        ({"ReferClosReason": "01", "ReferClosureDate": "2026-03-02"}, "completed"),
    ],
)
def test_what_the_team_did_is_the_status_of_a_task(filled, status):
    assert made(TEAM | filled)["status"] == status


def test_a_crisis_plan_is_one_in_snomed_too():
    codes = [coding["code"] for coding in made(PLAN)["category"][0]["coding"]]
    assert codes == ["12", "736253002"]


def test_a_plan_of_another_service_is_known_by_its_snomed_category():
    plan = made(PLAN)
    plan["category"] = [
        {"coding": [{"system": "http://snomed.info/sct", "code": "734163000"}]},
        {"coding": [{"system": "http://snomed.info/sct", "code": "718347000"}]},
    ]
    bundle = transaction(mhsds.to_fhir(PLAN).entries[:1])
    bundle["entry"].append({"fullUrl": "urn:uuid:1", "resource": plan})
    (row,) = back(bundle)
    assert row.record["CarePlanTypeMH"] == "10"


def test_times_are_of_the_clock_in_london():
    plan = made(PLAN | {"CarePlanCreatDate": "2026-07-01", "CarePlanCreationTime": "10:00"})
    assert plan["created"] == "2026-07-01T10:00:00+01:00"


def test_a_moment_of_another_zone_comes_out_by_the_clock_in_london():
    mapped = mhsds.to_fhir(REFERRAL | {"ReferralRequestReceivedTime": "10:00:00"})
    bundle = transaction(mapped.entries)
    request = bundle["entry"][1]["resource"]
    bundle["entry"][1]["resource"] = {
        **{name: value for name, value in request.items() if name != "_authoredOn"},
        "authoredOn": "2026-07-01T23:30:00Z",
    }
    (row,) = back(bundle)
    assert row.record["ReferralRequestReceivedDate"] == "2026-07-02"
    assert row.record["ReferralRequestReceivedTime"] == "00:30:00"


@pytest.mark.parametrize(
    "text", ["2026-10-25T01:30:00Z", "2026-07-01T10:00:00.5Z", "2026-02-30T10:00:00Z", "2026"]
)
def test_a_moment_that_the_set_cannot_say_is_refused(text):
    bundle = transaction(mhsds.to_fhir(REFERRAL).entries)
    request = bundle["entry"][1]["resource"] | {"authoredOn": text}
    bundle["entry"][1]["resource"] = request
    (row,) = back(bundle)
    assert isinstance(row, Unmappable)
    assert [fault.where for fault in row.faults] in (
        ["ReferralRequestReceivedDate"],
        ["ReferralRequestReceivedTime"],
    )


def test_the_coordinator_is_the_member_with_that_role():
    team = made(COORDINATOR)
    assert team["participant"][0]["role"][0]["coding"][0]["code"] == "768820003"
    assert team["status"] == "active"
    assert made(COORDINATOR | {"EndDateAssCareCoord": "2026-04-01"})["status"] == "inactive"
    other = {"role": [{"text": "nurse"}], "member": {"display": "x"}}
    bundle = transaction(mhsds.to_fhir(COORDINATOR).entries)
    resource = bundle["entry"][1]["resource"]
    bundle["entry"][1]["resource"] = resource | {"participant": [other, *resource["participant"]]}
    assert back(bundle) == [Flattened(COORDINATOR)]
    bundle["entry"][1]["resource"] = resource | {"participant": [other]}
    assert back(bundle) == []


def test_a_person_is_described_once_and_fully_in_a_batch():
    ((patient, _, _),) = batches(map(mhsds.to_fhir, [SCORE, PERSON, REFERRAL]), 100)
    assert patient.resource["gender"] == "female"


def test_a_patient_whom_no_provider_describes_is_no_row():
    assert back(transaction(mhsds.to_fhir(SCORE).entries)) == [Flattened(SCORE)]


def test_what_is_of_no_table_is_passed_over():
    bundle = transaction(mhsds.to_fhir(SCORE).entries[:1])
    weight = {"resourceType": "Observation", "code": {"text": "weight"}}
    bundle["entry"] += [{"resource": weight}, {"resource": {"resourceType": "Flag"}}]
    assert back(bundle) == []


def test_consent_says_nothing_about_this_flow():
    bundle = transaction(mhsds.to_fhir(SCORE).entries)
    no = {"resourceType": "Consent", "status": "active", "provision": {"type": "deny"}}
    bundle["entry"].append({"resource": no})
    assert back(bundle) == [Flattened(SCORE)]


def test_a_score_of_nobody_is_refused():
    found = mhsds.from_fhir(made(SCORE), (), Surroundings())
    assert [fault.where for fault in found.faults] == ["Observation.subject"]


def test_the_same_moment_by_the_clock_is_the_same_score():
    one = mhsds.to_fhir(SCORE | {"AssToolCompTimestamp": "2026-07-01T10:00:00+01:00"})
    other = mhsds.to_fhir(SCORE | {"AssToolCompTimestamp": "2026-07-01T10:00:00"})
    assert one.entries[1].if_none_exist == other.entries[1].if_none_exist


def test_two_people_with_equal_scores_are_two_records():
    other = mhsds.to_fhir(SCORE | {"NHSNumber": "9990000026"})
    assert mhsds.to_fhir(SCORE).entries[1].if_none_exist != other.entries[1].if_none_exist


REFUSED = {
    "no table": (SCORE, {"Table": ""}, "Table"),
    "an unknown table": (SCORE, {"Table": "MHS608AnonSelfAssess"}, "Table"),
    "an NHS number that fails": (SCORE, {"NHSNumber": "9990000019"}, "NHSNumber"),
    "no birth date": (SCORE, {"PersonBirthDate": ""}, "PersonBirthDate"),
    "no provider": (SCORE, {"OrgIDProv": ""}, "OrgIDProv"),
    "a score above the range": (SCORE, {"PersScore": "28"}, "PersScore"),
    "a score below the range": (
        SCORE,
        {"CodedAssToolType": "1037651000000100", "PersScore": "0"},
        "PersScore",
    ),
    "half a point": (SCORE, {"PersScore": "3.5"}, "PersScore"),
    "a score in words": (SCORE, {"PersScore": "ten"}, "PersScore"),
    "an assessment that is not permitted": (
        SCORE,
        {"CodedAssToolType": "763256006"},
        "CodedAssToolType",
    ),
    "a score of no referral": (SCORE, {"ServiceRequestID": ""}, "ServiceRequestID"),
    "a score before birth": (
        SCORE,
        {"AssToolCompTimestamp": "1970-01-01T10:00:00Z"},
        "AssToolCompTimestamp",
    ),
    "a day without a time": (SCORE, {"AssToolCompTimestamp": "2026-03-01"}, "AssToolCompTimestamp"),
    "a field of another table": (SCORE, {"CarePlanID": "P"}, "CarePlanID"),
    "a discharge before the referral": (REFERRAL, {"ServDischDate": "2026-02-28"}, "ServDischDate"),
    "a date that does not exist": (
        REFERRAL,
        {"ReferralRequestReceivedDate": "2026-02-30"},
        "ReferralRequestReceivedDate",
    ),
    "an unknown source": (REFERRAL, {"SourceOfReferralMH": "Z9"}, "SourceOfReferralMH"),
    "a time that is none": (
        REFERRAL,
        {"ReferralRequestReceivedTime": "25:00"},
        "ReferralRequestReceivedTime",
    ),
    "an hour that the clocks skip": (
        REFERRAL,
        {"ReferralRequestReceivedDate": "2026-03-29", "ReferralRequestReceivedTime": "01:30"},
        "ReferralRequestReceivedTime",
    ),
    "a time without its date": (
        PLAN,
        {"CarePlanLastUpdateTime": "10:00"},
        "CarePlanLastUpdateTime",
    ),
    "rejected and closed": (
        TEAM,
        {"ReferRejectReason": "01", "ReferClosReason": "01"},
        "ReferClosReason",
    ),
    "an unknown rejection reason": (TEAM, {"ReferRejectReason": "04"}, "ReferRejectReason"),
    "a plan of no kind": (PLAN, {"CarePlanTypeMH": ""}, "CarePlanTypeMH"),
    "family involved, perhaps": (PLAN, {"FamilyCarePlanIndicator": "U"}, "FamilyCarePlanIndicator"),
    "a coordinator who ended before the start": (
        COORDINATOR,
        {"EndDateAssCareCoord": "2026-02-01"},
        "EndDateAssCareCoord",
    ),
    "a postcode that is none": (PERSON, {"Postcode": "nowhere"}, "Postcode"),
    "a person of whom nothing is said": (PERSON, {"Gender": ""}, "LocalPatientID"),
    "a procedure that fails its check digit": (
        WHO
        | {
            "Table": "MHS105OnwardReferral",
            "ServiceRequestID": "SR1",
            "OnwardReferDate": "2026-04-01",
        },
        {"ReferralProc": "417096007"},
        "ReferralProc",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    record, change, column = REFUSED[case]
    assert isinstance(mhsds.to_fhir(record), Mapped)
    found = mhsds.to_fhir(record | change)
    assert isinstance(found, Unmappable)
    assert [fault.where for fault in found.faults] == [column]


def test_no_reason_repeats_a_cell():
    found = mhsds.to_fhir(SCORE | {"NHSNumber": "9990000019", "PersScore": "4711", "X": "y"})
    said = " ".join(f"{fault.where} {fault.reason}" for fault in found.faults)
    assert "9990000019" not in said
    assert "4711" not in said


def test_averages_may_have_decimals_and_lose_superfluous_zeros():
    average = SCORE | {"CodedAssToolType": "720197006", "PersScore": "2.50"}
    assert made(average)["valueQuantity"]["value"] == 2.5
    (row,) = back(transaction(mhsds.to_fhir(average).entries))
    assert row.record["PersScore"] == "2.5"


FURTHER = {
    "PrimReasonReferralMH": "01",
    "OtherReasonReferMH": "24",
    "DischPlanCreationDate": "2026-03-02",
    "DischPlanContentAgreedBy": "10",
    "DischPlanContentAgreedDate": "2026-03-03",
    "DischPlanContentAgreedTime": "14:00:00",
}


def test_a_referral_says_its_further_reason_and_who_agreed_to_the_discharge_plan():
    row = REFERRAL | FURTHER
    request = made(row)
    assert [one["coding"][0]["code"] for one in request["reasonCode"]] == ["01"]
    named = {one["url"].rpartition("/")[2]: one for one in request["extension"]}
    assert named["mhsds-other-reason"]["valueCodeableConcept"]["coding"][0]["code"] == "24"
    assert [one["url"] for one in named["mhsds-discharge-plan-agreement"]["extension"]] == [
        "agreed-by",
        "agreed-on",
    ]
    assert back(transaction(mhsds.to_fhir(row).entries)) == [Flattened(row)]


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"OtherReasonReferMH": "1"}, "OtherReasonReferMH", "must have the form"),
        ({"DischPlanContentAgreedDate": "2026-02-28"}, "DischPlanContentAgreedDate", "not be befo"),
        ({"DischPlanContentAgreedDate": ""}, "DischPlanContentAgreedTime", "must be empty where"),
    ],
)
def test_a_wrong_discharge_plan_refuses_the_row(changed, column, said):
    found = mhsds.to_fhir(REFERRAL | FURTHER | changed)
    assert isinstance(found, Unmappable)
    assert [(one.where, said in one.reason) for one in found.faults] == [(column, True)]
