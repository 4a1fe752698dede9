import pytest
from fhir.resources.R4B import get_fhir_model_class

import fhir_profiles
from mappings import referral
from mappings.verdict import Unmappable

ROW = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "authored_at": "2026-03-01T10:30:00+00:00",
    "organization_ods": "RX4",
    "practitioner_id": "555253642100",
    "to_organization_ods": "DAS01",
    "code": "417096006",
    "priority": "routine",
    "agreed": "y",
    "reason": "wants help to cut down",
    "while_waiting": "call the helpline at any time",
    "note": "prefers the morning",
}


def resources(record):
    return {one.resource["resourceType"]: one.resource for one in referral.to_fhir(record).entries}


@pytest.mark.parametrize("change", [{}, {"agreed": "n"}, {"practitioner_id": "", "priority": ""}])
def test_everything_produced_is_valid_r4(change):
    for kind, resource in resources(ROW | change).items():
        get_fhir_model_class(kind).model_validate(resource)


def test_the_task_asks_the_receiver_to_fulfil_the_request():
    made = referral.to_fhir(ROW).entries
    patient, request, task, _ = made
    assert task.resource["status"] == "requested"
    assert task.resource["intent"] == "order"
    assert task.resource["code"]["coding"][0]["code"] == "fulfill"
    assert task.resource["focus"] == {"reference": request.full_url}
    assert task.resource["for"] == {"reference": patient.full_url}
    assert task.resource["owner"]["identifier"]["value"] == "DAS01"
    assert task.resource["requester"]["identifier"]["value"] == "RX4"


def test_the_request_names_who_asks_for_what():
    request = resources(ROW)["ServiceRequest"]
    assert request["code"]["coding"] == [
        {
            "system": "http://snomed.info/sct",
            "code": "417096006",
            "display": "Referral to community drug and alcohol team",
        }
    ]
    assert request["requester"]["identifier"]["value"] == "555253642100"
    assert request["performer"][0]["identifier"]["value"] == "DAS01"
    assert request["patientInstruction"] == "call the helpline at any time"


def test_the_sender_attests_that_the_person_agreed():
    _, request, task, attestation = referral.to_fhir(ROW).entries
    assert attestation.resource["activity"]["coding"] == [
        {"system": "https://onestory.example/fhir/CodeSystem/attestation", "code": "person-agreed"}
    ]
    assert referral.attested_by(attestation.resource) == (request.full_url, task.full_url)


def test_nothing_is_attested_where_the_person_did_not_agree():
    assert "Provenance" not in resources(ROW | {"agreed": "n"})


def test_a_provenance_of_another_activity_attests_nothing():
    attestation = resources(ROW)["Provenance"] | {"activity": {"coding": [{"code": "CREATE"}]}}
    assert referral.attested_by(attestation) == ()


def test_sending_twice_stores_once():
    assert referral.to_fhir(ROW) == referral.to_fhir(dict(ROW))
    _, request, task, _ = referral.to_fhir(ROW).entries
    assert request.if_none_exist
    assert request.if_none_exist != task.if_none_exist


def test_the_same_moment_by_the_clock_is_the_same_referral():
    by_offset = referral.to_fhir(ROW | {"authored_at": "2026-07-01T10:00:00+01:00"})
    by_clock = referral.to_fhir(ROW | {"authored_at": "2026-07-01T10:00:00"})
    assert by_clock.entries[1].if_none_exist == by_offset.entries[1].if_none_exist


REFUSED = {
    "a day without a time": ({"authored_at": "2026-03-01"}, "authored_at"),
    "no receiver": ({"to_organization_ods": ""}, "to_organization_ods"),
    "a code that asks for nothing": ({"code": "763256006"}, "code"),
    "a declined referral": ({"code": "380861000000109"}, "code"),
    "an unknown priority": ({"priority": "soon"}, "priority"),
    "agreement unsaid": ({"agreed": ""}, "agreed"),
    "a birth date after the referral": ({"birth_date": "2026-03-02"}, "birth_date"),
    "an unknown column": ({"weight": "80"}, "weight"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    change, column = REFUSED[case]
    found = referral.to_fhir(ROW | change)
    assert isinstance(found, Unmappable)
    assert [fault.where for fault in found.faults] == [column]


def test_a_request_that_no_record_can_say_is_refused():
    request = resources(ROW)["ServiceRequest"]
    patient = resources(ROW)["Patient"]
    found = referral.from_fhir(request | {"performer": []}, patient, attested=True)
    assert [fault.where for fault in found.faults] == ["to_organization_ods"]


def test_every_referral_code_names_its_source_and_confidence():
    table = fhir_profiles.load("tables/referral_codes.json")
    for one in table["codes"]:
        assert one["confidence"] in ("high", "medium")
        assert set(one["sources"]) <= set(table["sources"])
