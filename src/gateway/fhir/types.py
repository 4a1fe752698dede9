"""The types that are held, and which of them concern no person."""

from __future__ import annotations

# Directory and definition types: readable by every client, no consent is asked (CONSENT.md).
DIRECTORY = frozenset({"Organization", "Practitioner", "Questionnaire"})

# Types about a person, each read through the gate.
PERSONAL = frozenset(
    {
        "Patient",
        "Consent",
        "QuestionnaireResponse",
        "Observation",
        "CarePlan",
        "ServiceRequest",
        "Task",
        "Provenance",
        "AuditEvent",
    }
)

HELD = DIRECTORY | PERSONAL

# What may be done with each type: c create, r read, s search, u update.
INTERACTIONS: dict[str, str] = {
    "AuditEvent": "rs",
    "CarePlan": "crs",
    "Consent": "crsu",
    "Observation": "crs",
    "Organization": "rs",
    "Patient": "crs",
    "Practitioner": "crs",
    "Provenance": "c",
    "Questionnaire": "crs",
    "QuestionnaireResponse": "crs",
    "ServiceRequest": "crs",
    "Task": "crsu",
}
