"""BaRS messages as the systems of services write them, and how they are sent."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import msgspec
from callers import NHS, NUMBERS, Caller, body_of

from gateway.actions.answer import Answer

Json = dict[str, Any]
BARS = "https://fhir.nhs.uk/CodeSystem"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
ATTESTED = "https://onestory.example/fhir/CodeSystem/attestation"
URN = "urn:uuid:00000000-0000-4000-8000-0000000000"
REQUEST, PATIENT, SENDER, RECEIVER, SERVICE, ROLE, WHO, SCORE, AGREED, CARE, TASK = (
    f"{URN}{number:02}" for number in range(1, 12)
)


def told(identity: str = "message-1", **changes: Any) -> Json:
    """A referral of the trust to the drug service; `changes` by the address of an entry: the
    elements that are other, or None where it is left out."""
    entries = [
        {"fullUrl": url, "resource": copy.deepcopy(resource)} for url, resource in _ENTRIES.items()
    ]
    bundle = {
        "resourceType": "Bundle",
        "id": identity,
        "type": "message",
        "timestamp": "2026-05-03T10:00:00Z",
        "entry": [{"fullUrl": f"{URN}00", "resource": header()}, *entries],
    }
    return bundle | changes


def changed(message: Json, address: str, **elements: Any) -> Json:
    """The message with other elements in one of its entries."""
    found = copy.deepcopy(message)
    at(found, address).update(elements)
    return found


def without(message: Json, *addresses: str) -> Json:
    kept = [each for each in message["entry"] if each["fullUrl"] not in addresses]
    return message | {"entry": kept}


def added(message: Json, resource: Json, address: str = TASK) -> Json:
    entry = {"fullUrl": address, "resource": resource}
    return message | {"entry": [*message["entry"], entry]}


def at(message: Json, address: str) -> Json:
    found: Json = next(each["resource"] for each in message["entry"] if each["fullUrl"] == address)
    return found


def header(event: str = "servicerequest-request", reason: str = "new", **more: Any) -> Json:
    return {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": f"{BARS}/message-events-bars", "code": event},
        "destination": [
            {"endpoint": f"{ODS}|DA1", "receiver": {"reference": RECEIVER}},
        ],
        "sender": {"reference": SENDER},
        "source": {"name": "Trust", "endpoint": f"{ODS}|RX1"},
        "reason": {"coding": [{"system": f"{BARS}/message-reason-bars", "code": reason}]},
        "focus": [{"reference": REQUEST}],
    } | more


def category(code: str) -> Json:
    return {"coding": [{"system": f"{BARS}/message-category-servicerequest", "code": code}]}


def saying(message: Json, **of_header: Any) -> Json:
    """The message with another header."""
    entries = [{"fullUrl": f"{URN}00", "resource": header(**of_header)}, *message["entry"][1:]]
    return message | {"entry": entries}


def processed(caller: Caller, message: Json, *query: tuple[str, str]) -> Answer:
    body = msgspec.json.encode(message)
    return asyncio.run(caller.gateway.process_message(caller.who, body, query))


def fetched(caller: Caller, reference: str, *query: tuple[str, str]) -> Answer:
    id_ = reference.partition("/")[2]
    return asyncio.run(caller.gateway.message(caller.who, id_, query))


def focus(answer: Answer) -> tuple[str, str]:
    """The request and the Task that an answer names."""
    assert answer.status == 200, answer.body
    named = [each["reference"] for each in body_of(answer)["entry"][0]["resource"]["focus"]]
    request, task = named
    return request, task


_ENTRIES: dict[str, Json] = {
    REQUEST: {
        "resourceType": "ServiceRequest",
        "id": "referral-1",
        "meta": {"profile": ["https://fhir.nhs.uk/StructureDefinition/BARSServiceRequest-request"]},
        "status": "active",
        "intent": "plan",
        "category": [category("referral")],
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "subject": {"reference": PATIENT},
        "requester": {"reference": ROLE},
        "performer": [{"reference": SERVICE}],
    },
    PATIENT: {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": NUMBERS[0]}],
        "name": [{"family": "Example"}],
        "birthDate": "1987-04-12",
        "generalPractitioner": [{"reference": SENDER}],
    },
    SENDER: {
        "resourceType": "Organization",
        "identifier": [{"system": ODS.replace("/Id/", "/id/"), "value": "RX1"}],
        "name": "Trust",
    },
    RECEIVER: {
        "resourceType": "Organization",
        "identifier": [{"system": ODS, "value": "DA1"}],
        "name": "Drugs",
    },
    SERVICE: {
        "resourceType": "HealthcareService",
        "identifier": [{"system": "http://fhir.nhs.uk/Id/dos-service-id", "value": "111111111"}],
        "providedBy": {"reference": RECEIVER},
        "name": "Drug service",
    },
    ROLE: {
        "resourceType": "PractitionerRole",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": "R1"}],
        "practitioner": {"reference": WHO},
        "organization": {"reference": SENDER},
    },
    WHO: {"resourceType": "Practitioner", "name": [{"family": "Bloggs", "given": ["Jo"]}]},
    SCORE: {
        "resourceType": "Observation",
        "id": "score-1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]},
        "subject": {"reference": PATIENT},
        "performer": [{"reference": WHO}],
        "effectiveDateTime": "2026-05-01",
        "valueQuantity": {
            "value": 7,
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
    },
    AGREED: {
        "resourceType": "Provenance",
        "target": [{"reference": REQUEST}],
        "recorded": "2026-05-03T10:00:00Z",
        "activity": {"coding": [{"system": ATTESTED, "code": "person-agreed"}]},
        "agent": [{"who": {"reference": ROLE}}],
    },
    CARE: {
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
        "category": [
            {"coding": [{"system": f"{BARS}/consent-categories-bars", "code": "DRC"}]},
        ],
        "patient": {"reference": PATIENT},
        "dateTime": "2026-05-03",
        "policyRule": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMPLIED"}
            ]
        },
    },
}
