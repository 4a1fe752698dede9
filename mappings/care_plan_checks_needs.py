"""What the person needs help with, on both sides, and what was offered for it."""

from __future__ import annotations

from collections.abc import Iterator

import fhir_profiles
from mappings.care_plan_codes import CARE_PLAN, NEED, Code, code_of, codes_in, named
from mappings.care_plan_rules import data
from mappings.care_plan_view import View, details
from mappings.systems import LOINC, SNOMED

NALOXONE = (SNOMED, "718021000")
HARM_REDUCTION = frozenset({(SNOMED, "720174008"), (SNOMED, "720175009"), NALOXONE})
STOP_SMOKING = frozenset({(SNOMED, "225323000"), (SNOMED, "871661000000106")})
SMOKING: tuple[Code, ...] = ((CARE_PLAN, "smoking"), (LOINC, "72166-2"))
QUESTIONS = ("adult_safeguarding", "child_safeguarding")


def judge(view: View) -> Iterator[tuple[str, str]]:
    """(rule, place) for needs that nobody asked about, and help that nobody offered."""
    if not (view.unseen("addresses") or view.unseen("supportingInfo")):
        if not _is_two_sided(view):
            yield "one-sided-needs", view.path("addresses")
        if not _is_safeguarding_answered(view):
            yield "safeguarding-unanswered", view.path("supportingInfo")
    if view.unseen("activity"):
        return
    offered = view.acts | view.acts_in_crisis
    if _uses_opioids(view) and NALOXONE not in offered:
        yield "no-naloxone", view.path("activity")
    if any(_answers(view, "current-use").values()) and not HARM_REDUCTION & offered:
        yield "no-harm-reduction", view.path("activity")
    if _smokes(view) and not _offered_to_stop(view):
        yield "smoker-not-offered", view.path("activity")


def _is_two_sided(view: View) -> bool:
    """Whether something is recorded of mental health and of alcohol and drugs."""
    domains = fhir_profiles.load("care_plan/who_leads.json")["domains"]
    needs = {code_of(one.get("category"), NEED) for one in view.needs}
    mental, substance = (needs & set(domains[name]["needs"]) for name in SIDES)
    return bool(mental) and bool(substance or _answers(view, "current-use"))


SIDES = ("mental-health", "substance")


def _answers(view: View, code: str) -> dict[str, bool]:
    """The answers to the parts of one question of ours."""
    observation = view.support.get((CARE_PLAN, code), {})
    return {
        code_of(part.get("code"), CARE_PLAN): part["valueBoolean"]
        for part in observation.get("component", ())
        if "valueBoolean" in part
    }


def _is_safeguarding_answered(view: View) -> bool:
    """Both questions, each by an answer or by a Flag about the person."""
    answers = _answers(view, "safeguarding")
    flags = fhir_profiles.load("care_plan/assessments.json")["flags"]
    raised = {
        code
        for one in view.resources
        if one.get("resourceType") == "Flag" and one.get("subject") == view.plan.get("subject")
        for code in codes_in(one.get("code"))
    }
    return all(
        column.replace("_", "-") in answers or (SNOMED, flags[column]) in raised
        for column in QUESTIONS
    )


def _uses_opioids(view: View) -> bool:
    coded = {code for one in view.needs for code in codes_in(one.get("code"))}
    return bool(coded & set(named(data("opioids")))) or _answers(view, "current-use").get(
        "opioids", False
    )


def _smokes(view: View) -> bool:
    held = (view.support.get(code, {}).get("valueCodeableConcept") for code in SMOKING)
    return any(code_of(value, SNOMED) in data("smokers") for value in held)


def _offered_to_stop(view: View) -> bool:
    """Whether help was offered since the last review; an offer without a date counts."""
    if STOP_SMOKING & {
        code for one in view.named("activity") for code in codes_in(one.get("code"))
    }:
        return True
    since = _last_review(view)
    for _, detail in details(view.plan):
        if STOP_SMOKING & codes_in(detail.get("code")):
            on = str((detail.get("scheduledPeriod") or {}).get("start", ""))[:10]
            if not on or on >= since:
                return True
    return False


def _last_review(view: View) -> str:
    ends = (
        str((one.get("executionPeriod") or {}).get("end", ""))[:10]
        for one in view.named("activity")
        if (CARE_PLAN, "review") in codes_in(one.get("code")) and one.get("status") == "completed"
    )
    return max(ends, default="")
