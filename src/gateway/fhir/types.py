"""The types that are held, and which of them concern no person."""

from __future__ import annotations

# Directory and definition types: readable by every client, no consent is asked (CONSENT.md).
DIRECTORY = frozenset(
    {
        "Endpoint",
        "HealthcareService",
        "Location",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Questionnaire",
    }
)

# What a directory entry may contain: nothing that could be about a person.
OPEN = DIRECTORY | {"CodeSystem", "ConceptMap", "Library", "StructureDefinition", "ValueSet"}

# Types that may name nobody: then they are the author's alone.
PERHAPS_PERSONAL = frozenset({"Bundle", "Group", "List", "MessageHeader"})

# Types about a person, each read through the gate.
PERSONAL = PERHAPS_PERSONAL | frozenset(
    {
        "AllergyIntolerance",
        "Appointment",
        "AuditEvent",
        "CarePlan",
        "CareTeam",
        "Communication",
        "Composition",
        "Condition",
        "Consent",
        "DocumentReference",
        "Encounter",
        "Flag",
        "Goal",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Patient",
        "Procedure",
        "Provenance",
        "QuestionnaireResponse",
        "RelatedPerson",
        "ServiceRequest",
        "Task",
    }
)

HELD = DIRECTORY | PERSONAL

# What may be done with each type: c create, r read, s search, u update, v one version, h history,
# p patch, d delete. What a person said, and what somebody attested, is never deleted.
INTERACTIONS: dict[str, str] = dict.fromkeys(HELD, "crsuvhpd") | {
    "AuditEvent": "rs",
    "Consent": "crsuvhp",
    "Organization": "rsvh",
    "Provenance": "crsvh",
}
