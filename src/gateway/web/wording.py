"""Dates, lists and codes in words that everyone knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

# v3 ActReason codes, as the end of "They looked …".
_REASONS = {
    "TREAT": "to care for you",
    "COC": "to work together on your care",
    "TRIAGE": "to find the right care for you",
    "BTG": "in an emergency",
    "ETREAT": "in an emergency",
    "PATRQT": "because you asked",
    "PWATRNY": "because someone who decides with you asked",
    "FAMRQT": "because your family asked",
    "HCOMPL": "to check that the rules are kept",
    "HOPERAT": "to run the service",
    "HQUALIMP": "to make care better",
    "HRESCH": "for research",
    "PATADMIN": "to keep your details right",
    "PUBHLTH": "to look after everyone's health",
    "CAREMGT": "to plan your care",
    "CLINTRCH": "for research",
    "DISASTER": "because of a disaster",
    "HLEGAL": "because of the law",
    "HOUTCOMS": "to see if care helps",
    "HPAYMT": "to see who pays",
    "HSYSADMIN": "to keep the computers going",
    "PATSFTY": "to keep people safe",
    "PERFMSR": "to see how well services work",
    "POPHLTH": "to look after everyone's health",
    "SUPNWK": "because someone close to you asked",
    "THREAT": "to keep someone safe",
    "TRAIN": "to teach staff",
}

# Kinds of resource, as someone would name them.
_THINGS = {
    "Patient": "your details",
    "QuestionnaireResponse": "answers to questions",
    "Observation": "scores",
    "CarePlan": "plans",
    "ServiceRequest": "referrals",
    "Task": "next steps",
    "Consent": "your choices",
    "AuditEvent": "who looked",
    "cds-services": "whether anything is shared with them",
    "Provenance": "who agreed to a referral",
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "CareTeam": "who works with you",
    "Communication": "messages",
    "Composition": "documents",
    "Condition": "health conditions",
    "DocumentReference": "documents",
    "Encounter": "contacts with services",
    "Flag": "notes for staff",
    "Goal": "goals",
    "MedicationRequest": "medicines",
    "MedicationStatement": "medicines",
    "Procedure": "help that you had",
    "RelatedPerson": "people close to you",
}


def day(value: date | datetime) -> str:
    """3 May 2025, as the day was in London."""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON).date()
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """3 May 2025 at 2:05pm, London time."""
    local = value.astimezone(LONDON)
    hour = local.hour % 12 or 12
    return f"{day(local)} at {hour}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def second(value: datetime) -> str:
    """3 May 2025, 14:05:09 and the zone: exact, for officers."""
    local = value.astimezone(LONDON)
    return f"{day(local)}, {local:%H:%M:%S %Z}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """One, two and three."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def reason(purpose: str) -> str:
    """Why someone looked. A purpose that has no words here is shown by its code, never hidden."""
    return _REASONS.get(purpose, f"for another reason ({purpose})" if purpose else "not said")


def things(resource_type: str) -> str:
    return _THINGS.get(resource_type, "other information")
