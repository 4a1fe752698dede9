"""Resources to label, from a few words."""

from __future__ import annotations

from typing import Any

import fhir_profiles
from consent import topics
from consent.labelling import Labels, label
from consent.topics import LEVELS, mask_of

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
OURS = "https://onestory.example/fhir"
RULES = fhir_profiles.load("labels/rules.json")
DRUGS_AND_ALCOHOL = "417096006"


def concept(code: str, system: str = SNOMED, **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}], **more}


def observation(code: str, system: str = LOINC, **more: Any) -> dict[str, Any]:
    return coded(concept(code, system), **more)


def coded(code: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": "Patient/1"},
        **more,
    }


def response(instrument_id: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{OURS}/Questionnaire/{instrument_id}|1",
        "subject": {"reference": "Patient/1"},
        "item": list(items),
        **more,
    }


def request(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": concept(DRUGS_AND_ALCOHOL),
        "subject": {"reference": "Patient/1"},
        **more,
    }


def task(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": concept("fulfill", "http://hl7.org/fhir/CodeSystem/task-code"),
        "for": {"reference": "Patient/1"},
        **more,
    }


def of(resource: dict[str, Any], **named: Labels) -> Labels:
    return label(resource, {key.replace("_", "/"): value for key, value in named.items()})


def codes(labels: Labels) -> set[str]:
    return {coding["code"] for coding in topics.codings(labels.topics)}


def item(link_id: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {"linkId": link_id, "text": "our own words", "answer": [answer]}


def security(*codings: tuple[str, str]) -> dict[str, Any]:
    return {"meta": {"security": [{"system": system, "code": code} for system, code in codings]}}


OPIOIDS = concept("75544000")  # opioid dependence
UNKNOWN = concept("1", "urn:x")
PATIENT = {"reference": "Patient/1"}
NAMED = {"Condition_1": Labels(mask_of("MH"), LEVELS.index("R"))}
REASON = {"reasonReference": [{"reference": "Condition/1"}]}


def of_type(kind: str, **more: Any) -> dict[str, Any]:
    shape = fhir_profiles.load(f"structure/{kind}.json")[kind]
    subject = {"subject": PATIENT} if "subject" in shape else {}
    return {"resourceType": kind, **subject, **more}
