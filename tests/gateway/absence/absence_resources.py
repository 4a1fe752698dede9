"""What is written about people in these tests: resources that the labeller can judge."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Any

from absence_server import Json, made_id
from every_type import least

FHIR_JSON = (("Content-Type", "application/fhir+json"),)
NHS = "https://fhir.nhs.uk/Id/nhs-number"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
OUR_TOPICS = "https://onestory.example/fhir/CodeSystem/topic"
NUMBERS = ("9990000018", "9990000026", "9990000034")
ALCOHOL, MOOD = "75626-2", "44261-6"
WORDS = {ALCOHOL: "Total score [AUDIT-C]", MOOD: "PHQ-9 total score"}  # of a code: no free text
LABELS = (
    {"system": ACT_CODE, "code": "MH"},
    {"system": ACT_CODE, "code": "ETHUD"},
    {"system": ACT_CODE, "code": "PSYTHPN"},
    {"system": OUR_TOPICS, "code": "third-party"},
)
# What is written about people, and where its code stands ("" where it has none).
TOLD = {
    "AllergyIntolerance": "code",
    "Appointment": "reasonCode*",
    "CarePlan": "category*",
    "CareTeam": "category*",
    "Composition": "type",
    "Communication": "reasonCode*",
    "Condition": "code",
    "Encounter": "reasonCode*",
    "Flag": "code",
    "Goal": "description",
    "List": "code",
    "MedicationRequest": "reasonCode*",
    "MedicationStatement": "reasonCode*",
    "Observation": "code",
    "Procedure": "code",
    "QuestionnaireResponse": "",
    "RelatedPerson": "relationship*",
    "ServiceRequest": "code",
}
PART = re.compile(r"part-\d+")
# Optional elements that refer to others: [type][element] may name these types.
LINKS = {
    "Observation": {
        "derivedFrom": ("QuestionnaireResponse", "Observation"),
        "partOf": ("Procedure",),
        "hasMember": ("Observation",),
    },
    "Condition": {"stage": ()},
    "Procedure": {"reasonReference": ("Condition", "Observation"), "partOf": ("Procedure",)},
    "CarePlan": {"addresses": ("Condition",), "goal": ("Goal",), "partOf": ("CarePlan",)},
    "Goal": {"addresses": ("Condition", "Observation")},
    "Encounter": {"reasonReference": ("Condition", "Procedure")},
    "Communication": {"partOf": ("Procedure",), "reasonReference": ("Condition", "Observation")},
    "MedicationRequest": {"reasonReference": ("Condition", "Observation")},
    "MedicationStatement": {"reasonReference": ("Condition", "Observation")},
    "ServiceRequest": {"supportingInfo": ("Observation", "QuestionnaireResponse", "Condition")},
}


def concept(code: str) -> Json:
    return {"coding": [{"system": "http://loinc.org", "code": code}]}


def patient(number: int, **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": NUMBERS[number]}],
        "name": [{"family": "Example", "given": ["Robin"]}],
        "birthDate": "1987-04-12",
    } | more


def consent(subject: str, kind: str, recipient: str, topics: Iterable[str] = ()) -> Json:
    role = {"coding": [{"system": f"{TERMINOLOGY}v3-ParticipationType", "code": "IRCP"}]}
    provision: Json = {
        "type": kind,
        "actor": [{"role": role, "reference": {"reference": recipient}}],
    }
    if topics:
        provision["securityLabel"] = [
            {"system": ACT_CODE if each.isupper() else OUR_TOPICS, "code": each} for each in topics
        ]
    return least("Consent", subject, recipient) | {
        "patient": {"reference": subject},
        "performer": [{"reference": subject}],
        "dateTime": "2026-05-01",
        "provision": provision,
    }


def told(type_: str, subject: str, organization: str, code: str, **more: Any) -> Json:
    """A resource of a type about one thing, which the labeller can judge."""
    resource = least(type_, subject, organization) | more
    place = TOLD[type_]
    if place:
        value: Any = concept(code)
        resource[place.rstrip("*")] = [value] if place.endswith("*") else value
    if type_ == "Composition":
        resource["title"] = WORDS[code]
    if type_ == "QuestionnaireResponse":
        instrument, prefix, many = (
            ("audit-c", "auditc", 3) if code == ALCOHOL else ("phq-9", "phq9", 9)
        )
        resource["questionnaire"] = f"https://onestory.example/fhir/Questionnaire/{instrument}"
        resource["item"] = [
            {"linkId": f"{prefix}-{n}", "answer": [{"valueInteger": 1}]} for n in range(1, many + 1)
        ]
    if type_ in ("MedicationRequest", "MedicationStatement"):
        resource["medicationCodeableConcept"] = concept(code)
    return resource


def dated(rng: random.Random, type_: str) -> Json:
    """When it was, where the type says so simply."""
    day = f"2026-0{rng.randint(1, 5)}-{rng.randint(10, 28)}"
    place = {
        "Observation": "effectiveDateTime",
        "Condition": "onsetDateTime",
        "Procedure": "performedDateTime",
        "QuestionnaireResponse": "authored",
        "ServiceRequest": "authoredOn",
        "MedicationRequest": "authoredOn",
        "Communication": "sent",
    }.get(type_)
    return {place: day} if place else {}


def linked(rng: random.Random, type_: str, held: list[str]) -> Json:
    """References to some of what is there already."""
    found: Json = {}
    for element, types in LINKS.get(type_, {}).items():
        fitting = [one for one in held if one.partition("/")[0] in types]
        if fitting and rng.random() < 0.6:
            chosen = rng.sample(fitting, min(len(fitting), rng.randint(1, 2)))
            found[element] = [{"reference": each} for each in chosen]
    return found


def referral(subject: str, sender: str, receiver: str, listed: list[str], salt: str) -> list[Json]:
    asked, move = f"urn:uuid:{made_id(salt, 1)}", f"urn:uuid:{made_id(salt, 2)}"
    request = least("ServiceRequest", subject, receiver) | {
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "requester": {"reference": sender},
        "performer": [{"reference": receiver}],
    }
    if listed:
        request["supportingInfo"] = [{"reference": each} for each in listed]
    task = least("Task", subject, receiver) | {
        "focus": {"reference": asked},
        "requester": {"reference": sender},
    }
    attested = {
        "resourceType": "Provenance",
        "target": [{"reference": asked}, {"reference": move}],
        "recorded": "2026-05-03T10:00:00Z",
        "activity": {
            "coding": [
                {
                    "system": "https://onestory.example/fhir/CodeSystem/attestation",
                    "code": "person-agreed",
                }
            ]
        },
        "agent": [{"who": {"reference": sender}}],
    }
    return [
        {
            "fullUrl": url,
            "resource": each,
            "request": {"method": "POST", "url": each["resourceType"]},
        }
        for url, each in (
            (asked, request),
            (move, task),
            (f"urn:uuid:{made_id(salt, 3)}", attested),
        )
    ]
