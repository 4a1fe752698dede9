"""What a referral may become, and the reasons for which none may be turned down."""

import pytest

import fhir_profiles
from mappings.referral_rules import (
    LIFE,
    NO_WRONG_DOOR,
    Mover,
    allowed,
    excluded,
    is_referral,
    needs,
    not_carried,
    onward,
)
from mappings.systems import REFERRAL

MOVES = fhir_profiles.load(LIFE)["moves"]
SENT = {"resourceType": "Task", "status": "requested", "focus": {"reference": "ServiceRequest/1"}}


def rejected(text, status="rejected", element="statusReason"):
    return SENT | {"status": status, element: {"text": text}}


SAID = [
    "Must be sober",
    "must be SOBER  for a month",
    "We can offer a place once abstinent",
    "They should come back when the other service has gone: other service must go first.",
    "Primary diagnosis is alcohol dependence",
    "Wait until the alcohol problem has been resolved",
    "Not before his mental health is stable",
    "Not suitable because of drug use",
    "Not unless the drinking has stopped",
]
NOT_SAID = [
    "Lives outside our area",
    "Already in alcohol treatment with us",
    "Wants to wait until after the birth",
    "Moved away before the first appointment",
    "Mental health team has accepted the person",
    "They stopped drinking two years ago and need no help now",
    "Asked us not to go on",
]


@pytest.mark.parametrize("text", SAID)
def test_a_wording_by_which_somebody_waits_for_another_need_is_recognised(text):
    assert excluded(SENT, rejected(text)) is not None


@pytest.mark.parametrize("text", NOT_SAID)
def test_a_rightful_no_is_not_taken_for_one(text):
    assert excluded(SENT, rejected(text)) is None


def test_three_words_in_order_count_in_a_rejection_only():
    text = "On hold until the detox for alcohol is done and she is stable"
    assert excluded(SENT, rejected(text)) is not None
    assert excluded(SENT, rejected(text, "on-hold")) is None
    assert excluded(SENT, rejected("Must be sober", "on-hold")) is not None


def test_every_listed_code_is_recognised_wherever_it_stands():
    for reason in fhir_profiles.load(NO_WRONG_DOOR)["reasons"]:
        for coding in reason["codes"]:
            for element in ("statusReason", "businessStatus"):
                after = SENT | {"status": "rejected", element: {"coding": [coding]}}
                assert excluded(SENT, after) == reason["id"]


def test_what_stood_already_and_what_is_no_referral_is_left_alone():
    before = rejected("Must be sober")
    assert excluded(before, before | {"note": [{"text": "seen"}]}) is None
    assert excluded(before | {"statusReason": {"text": "Other"}}, before) is not None
    own = {"resourceType": "Task", "status": "requested"}
    assert not is_referral(own)
    assert (
        excluded(own, own | {"status": "rejected", "statusReason": {"text": "sober first"}}) is None
    )


@pytest.mark.parametrize("before", sorted(MOVES))
def test_a_sender_moves_only_where_the_owner_may_or_nobody_yet(before):
    assert set(allowed(before, Mover.SENDER)) <= set(MOVES[before])
    assert "accepted" not in allowed(before, Mover.SENDER)
    assert "requested" not in allowed(before, Mover.OWNER)


def test_what_has_ended_goes_nowhere_but_to_an_error():
    for ended in fhir_profiles.load(LIFE)["ended"]:
        for by in Mover:
            assert set(allowed(ended, by)) <= {"entered-in-error"}


def test_that_it_was_late_is_no_outcome():
    late = {"businessStatus": {"coding": [{"system": REFERRAL, "code": "late"}]}}
    done = SENT | {"status": "completed"}
    assert [where for where, _ in needs(SENT, done | late, Mover.OWNER)] == ["Task.output"]
    said = {"businessStatus": {"text": "assessed"}}
    assert list(needs(SENT, done | said, Mover.OWNER)) == []
    assert list(needs(SENT, done, Mover.SELF)) == []


def test_an_onward_route_is_a_service_or_a_request_and_not_the_same_one():
    def led(**reference):
        return list(onward(SENT | {"output": [{"valueReference": reference}]}))

    assert led(reference="HealthcareService/2")
    assert led(reference="https://elsewhere.example/fhir/ServiceRequest/2")
    assert led(type="HealthcareService", identifier={"value": "2"})
    assert not led(reference="ServiceRequest/1")
    assert not led(reference="Organization/2")
    assert not led(type="HealthcareService")


def test_what_does_not_travel_is_named():
    full = {"code": {}, "performer": [1], "requester": {1: 1}, "priority": "routine"}
    full |= {"code": {1: 1}, "reasonReference": [1], "supportingInfo": [1]}
    assert [where for where, _ in not_carried(full)] == ["ServiceRequest.patientInstruction"]


def test_every_code_of_ours_is_defined():
    held = fhir_profiles.load("codesystems/referral.json")
    codes = {one["code"] for one in held["concept"]}
    assert held["count"] == len(codes)
    for reason in fhir_profiles.load(NO_WRONG_DOOR)["reasons"]:
        assert reason["id"] in codes
    raised = fhir_profiles.load("referral/raised.json").keys() - {"about"}
    limits = fhir_profiles.load("referral/time_limits.json")["act_within_hours"]
    assert raised == limits.keys() <= codes
