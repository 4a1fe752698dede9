"""NHS England's BaRS API examples, where they are present: each is sent as a message."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from callers import NHS, NUMBERS, House, body_of, places
from messages import ODS, added, category, focus, processed

Json = dict[str, Any]
FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "examples" / "bars-api"
FILES = sorted(FOLDER.glob("*.json"))
VALIDATION = "process_message__request__ValidationRequest_POST_"
ATTESTATION = "https://onestory.example/fhir/CodeSystem/attestation"

# What is said of the messages among them, and where. Nothing of the kind that is taken is there:
# they are about bookings, and requests to validate.
MESSAGES = {
    "process_message__POST-body": "Bundle.entry[0].resource.eventCoding",
    "process_message__POST-success": "Bundle.entry[0].resource.eventCoding",
    "process_message__request__Booking_POST": "Bundle.entry[0].resource.eventCoding",
    "process_message__response__Booking_HTTP_Response_": "Bundle.entry[0].resource.eventCoding",
    VALIDATION: "Bundle.entry[5].resource.identifier[0].value",
    "process_message__request__ValidationResponse_POST_": (
        "Bundle.entry[6].resource.identifier[0].value"
    ),
    "process_message__response__ValidationRequest_HTTP_Response_": (
        "Bundle.entry[1].resource.performer[0].reference"
    ),
}

pytestmark = pytest.mark.skipif(not FILES, reason="../shared/reference is not present")


def test_each_example_is_refused_for_what_it_is(house: House) -> None:
    held = house.rows("resource")
    said = {
        file.stem: places(processed(house.trust, json.loads(file.read_bytes()))) for file in FILES
    }
    assert len(said) > 80
    for name, found in said.items():
        if name in MESSAGES:
            assert MESSAGES[name] in found
        else:  # a searchset, or no Bundle at all
            assert found in (["Bundle.type"], ["resourceType"])
    assert house.rows("resource") == held


def whole() -> Json:
    """The example of a request to validate, with a number that is one and codes of organisations
    that are here."""
    message: Json = json.loads((FOLDER / f"{VALIDATION}.json").read_bytes())
    header = message["entry"][0]["resource"]
    for ods, reference in (
        ("RX1", header["sender"]),
        ("DA1", header["destination"][0]["receiver"]),
    ):
        found = of(message, reference["reference"])
        found["identifier"] = [{"system": ODS, "value": ods}]
    request = of(message, header["focus"][0]["reference"])
    patient = of(message, request["subject"]["reference"])
    patient["identifier"] = [{"system": NHS, "value": NUMBERS[0]}]
    service = of(message, request["performer"][0]["reference"])
    service["providedBy"] = {"reference": header["destination"][0]["receiver"]["reference"]}
    return message


def of(message: Json, address: str) -> Json:
    found: Json = next(each["resource"] for each in message["entry"] if each["fullUrl"] == address)
    return found


def test_a_request_to_validate_is_not_taken(house: House) -> None:
    answer = processed(house.trust, whole())
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[1].resource.category[0]"]
    issue = body_of(answer)["issue"][0]
    assert issue["details"]["coding"][0]["code"] == "REC_UNPROCESSABLE_ENTITY"


def as_referral() -> Json:
    """The same as a referral, with the sender's word that the person agreed."""
    message = copy.deepcopy(whole())
    address = message["entry"][0]["resource"]["focus"][0]["reference"]
    request = of(message, address)
    request["category"] = [category("referral")]
    agreed = {
        "resourceType": "Provenance",
        "target": [{"reference": address}],
        "recorded": "2026-05-03T10:00:00Z",
        "activity": {"coding": [{"system": ATTESTATION, "code": "person-agreed"}]},
        "agent": [{"who": message["entry"][0]["resource"]["sender"]}],
    }
    return added(message, agreed, "urn:uuid:00000000-0000-4000-8000-000000000099")


def test_the_same_as_a_referral_is_taken_without_what_leads_nowhere(house: House) -> None:
    message = as_referral()
    refused = processed(house.trust, message)
    assert refused.status == 422
    assert places(refused) == ["Bundle.entry[3].resource.episodeOfCare[0].reference"]
    for each in message["entry"]:
        each["resource"].pop("episodeOfCare", None)
    refused = processed(house.trust, message)
    assert places(refused) == ["Bundle.entry[17].resource"]  # a flag about a place
    flag, score = (message["entry"][place]["resource"] for place in (17, 16))
    flag["subject"] = score["subject"]
    answer = processed(house.trust, message)
    assert answer.status == 200, answer.body
    request, task = focus(answer)
    stored = house.trust.read(request)
    assert stored["basedOn"][0]["reference"].startswith("CarePlan/")
    kinds = {each["reference"].partition("/")[0] for each in stored["supportingInfo"]}
    assert kinds == {"Encounter", "Observation", "Flag"}
    assert house.drugs.read(task)["status"] == "requested"
