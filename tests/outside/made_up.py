"""Synthetic people and plain resources about them, written from the contract and R4 alone."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

NHS = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
OURS = "https://onestory.example/fhir"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
TOPIC = f"{OURS}/CodeSystem/topic"


def _valid_numbers() -> Iterator[str]:
    """NHS numbers of the 999 range, each once, without those whose check digit would be ten."""
    for serial in itertools.count(100000):
        digits = f"999{serial:06d}"
        weighted = sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True))
        check = (11 - weighted % 11) % 11
        if check != 10:
            yield f"{digits}{check}"


_numbers = _valid_numbers()


def nhs_number() -> str:
    return next(_numbers)


class Person:
    """Someone who does not exist, and how any service would register them."""

    def __init__(self, birth_date: str = "1987-04-12", given: str = "Sam") -> None:
        self.number = nhs_number()
        self.birth_date = birth_date
        self.given = given

    def patient(self) -> Json:
        return {
            "resourceType": "Patient",
            "identifier": [{"system": NHS, "value": self.number}],
            "name": [{"family": "Example", "given": [self.given]}],
            "birthDate": self.birth_date,
        }


def now(days: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


def alcohol_score(patient: str, value: int = 7, **more: Any) -> Json:
    """An AUDIT-C total: topic ETHUD."""
    return _score(patient, {"system": LOINC, "code": "75626-2"}, value) | more


def mood_score(patient: str, value: int = 9, **more: Any) -> Json:
    """A PHQ-9 total: topics MH and self-harm."""
    return _score(patient, {"system": LOINC, "code": "44261-6"}, value) | more


def _score(patient: str, coding: Json, value: int) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [coding]},
        "subject": {"reference": patient},
        "effectiveDateTime": now(),
        "valueQuantity": {
            "value": value,
            "unit": "score",
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
    }


def drink_response(patient: str, ordinals: tuple[int, ...] = (3, 2, 2), **more: Any) -> Json:
    """An AUDIT-C QuestionnaireResponse: topic ETHUD."""
    return _response(patient, "audit-c", "auditc", ordinals) | more


def mood_response(patient: str, ordinals: tuple[int, ...] = (1,) * 9, **more: Any) -> Json:
    """A PHQ-9 QuestionnaireResponse: topics MH and self-harm."""
    return _response(patient, "phq-9", "phq9", ordinals) | more


def _response(patient: str, instrument: str, prefix: str, ordinals: tuple[int, ...]) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{OURS}/Questionnaire/{instrument}",
        "status": "completed",
        "subject": {"reference": patient},
        "authored": now(),
        "item": [
            {"linkId": f"{prefix}-{place}", "answer": [{"valueInteger": ordinal}]}
            for place, ordinal in enumerate(ordinals, 1)
        ],
    }


def care_plan(patient: str, title: str = "Plan", **more: Any) -> Json:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "title": title,
        "subject": {"reference": patient},
    } | more


def consent(patient: str, kind: str, organization: str | None = None, **criteria: Any) -> Json:
    """The person's own words as a portal writes them: permit or deny, for one recipient."""
    provision: Json = {"type": kind} | criteria
    if organization is not None:
        role = {"coding": [{"system": PARTICIPATION, "code": "IRCP"}]}
        provision["actor"] = [{"role": role, "reference": {"reference": organization}}]
    return {
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
        "category": [{"coding": [{"system": LOINC, "code": "59284-0"}]}],
        "patient": {"reference": patient},
        "dateTime": now(-0.001),
        "performer": [{"reference": patient}],
        "policy": [{"uri": "https://onestory.example/policy/my-choices"}],
        "verification": [
            {
                "verified": True,
                "verifiedWith": {"reference": patient},
                "verificationDate": now(-0.001),
            }
        ],
        "provision": provision,
    }


def topic(*codes: str) -> list[Json]:
    """Sensitivity topics as `provision.securityLabel`; our own codes are in lower case."""
    return [{"system": TOPIC if code.lower() == code else ACT_CODE, "code": code} for code in codes]


def treatment() -> list[Json]:
    return [{"system": ACT_REASON, "code": "TREAT"}]


def entry(resource: Json, full_url: str | None = None, **request: str) -> Json:
    return {
        "fullUrl": full_url or f"urn:uuid:{uuid.uuid4()}",
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]} | request,
    }


def referral(
    patient: str,
    sender: str,
    receiver: str,
    *listed: str,
    attested: bool = True,
) -> list[Json]:
    """The entries of a referral: ServiceRequest, Task and, where attested, the Provenance."""
    asked, task = f"urn:uuid:{uuid.uuid4()}", f"urn:uuid:{uuid.uuid4()}"
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "priority": "routine",
        "code": {"coding": [{"system": SNOMED, "code": "417096006"}]},
        "subject": {"reference": patient},
        "authoredOn": now(),
        "requester": {"reference": sender},
        "performer": [{"reference": receiver}],
        "supportingInfo": [{"reference": reference} for reference in listed],
    }
    if not listed:
        del request["supportingInfo"]
    follow = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]
        },
        "focus": {"reference": asked},
        "for": {"reference": patient},
        "authoredOn": now(),
        "requester": {"reference": sender},
        "owner": {"reference": receiver},
    }
    entries = [entry(request, asked), entry(follow, task)]
    if attested:
        entries.append(entry(attestation(sender, asked, task)))
    return entries


def attestation(sender: str, *targets: str) -> Json:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target} for target in targets],
        "recorded": now(),
        "activity": {
            "coding": [{"system": f"{OURS}/CodeSystem/attestation", "code": "person-agreed"}]
        },
        "agent": [{"who": {"reference": sender}}],
    }
