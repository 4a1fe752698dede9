"""The codes of a care plan: national ones with their terms, ours where no national one is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import fhir_profiles
from mappings.systems import BASE, LOINC, SNOMED, STRUCTURE_DEFINITION

CARE_PLAN = f"{BASE}/CodeSystem/care-plan"
CARE_TEAM = f"{BASE}/CodeSystem/care-team"
NEED = f"{BASE}/CodeSystem/need"
PLAN_TYPE = f"{BASE}/CodeSystem/mhsds-care-plan-type"
GOAL_CATEGORY = "http://terminology.hl7.org/CodeSystem/goal-category"
FLAG_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SYSTEMS = {
    "care-plan": CARE_PLAN,
    "goal-category": GOAL_CATEGORY,
    "loinc": LOINC,
    "snomed": SNOMED,
}

PROFILE = f"{STRUCTURE_DEFINITION}/shared-care-plan"
REVIEW_DATE = f"{STRUCTURE_DEFINITION}/planned-review-date"
NOT_AGREED = f"{STRUCTURE_DEFINITION}/not-agreed-reason"
FAMILY = f"{STRUCTURE_DEFINITION}/family-involved"
FAMILY_REASON = f"{STRUCTURE_DEFINITION}/family-not-involved-reason"
SCREENED_WITH = f"{STRUCTURE_DEFINITION}/screened-with"
SCREENED_ON = f"{STRUCTURE_DEFINITION}/screened-on"

PLAN = "734163000"
MENTAL_HEALTH_PLAN = "718347000"
CRISIS_PLAN = "736253002"
COORDINATOR = "768820003"
CRISIS_TYPE = "12"
RESTRICTED = {"security": [{"system": CONFIDENTIALITY, "code": "R"}]}

Code = tuple[str, str]


@cache
def _terms() -> dict[Code, str]:
    held = fhir_profiles.load("care_plan/codes.json")["codes"]
    return {(one["system"], one["code"]): one["display"] for one in held}


def coding(system: str, code: str) -> dict[str, str]:
    """A coding, with the term of a national code."""
    term = _terms().get((system, code))
    found = {"system": system, "code": code}
    return found | {"display": term} if term else found


def concept(*codes: Code) -> dict[str, Any]:
    return {"coding": [coding(system, code) for system, code in codes]}


def ours(code: str) -> dict[str, Any]:
    """A concept of our own CodeSystem for the parts of a plan."""
    return concept((CARE_PLAN, code))


def named(pairs: Iterable[Sequence[str]]) -> tuple[Code, ...]:
    """Codes as our data files write them: [["snomed", "718021000"]]."""
    return tuple((SYSTEMS[key], code) for key, code in pairs)


def codes_in(value: Any) -> frozenset[Code]:
    """The codes of a CodeableConcept, of several, or of none."""
    return frozenset(_codes(value))


def _codes(value: Any) -> Iterator[Code]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            for held in one.get("coding", ()):
                yield str(held.get("system", "")), str(held.get("code", ""))


def code_of(value: Any, system: str) -> str:
    """The first code of that system in a concept or in several, or nothing."""
    held = value if isinstance(value, list) else [value]
    for one in held:
        for found in (one or {}).get("coding", ()):
            if found.get("system") == system:
                return str(found.get("code", ""))
    return ""
