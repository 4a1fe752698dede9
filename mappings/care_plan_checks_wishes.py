"""Whose plan it is, what matters to them, and that strengths come first."""

from __future__ import annotations

from collections.abc import Iterator

from mappings import parties
from mappings.care_plan_codes import (
    CARE_PLAN,
    CRISIS_PLAN,
    MENTAL_HEALTH_PLAN,
    PLAN,
    codes_in,
)
from mappings.care_plan_view import View
from mappings.linked import Resource
from mappings.systems import NHS_NUMBER, SNOMED

KINDS = frozenset((SNOMED, code) for code in (PLAN, MENTAL_HEALTH_PLAN, CRISIS_PLAN))
STRENGTHS = (CARE_PLAN, "strengths")
NO_NUMBER = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberUnavailableReason"
)


def judge(view: View) -> Iterator[tuple[str, str]]:
    """(rule, place) for what is missing of person, kind, goals, and strengths before needs."""
    if not _is_known(view):
        yield "no-person", view.path("subject")
    if not KINDS & codes_in(view.plan.get("category")):
        yield "no-kind", view.path("category")
    if not view.references("goal"):
        yield "no-goal", view.path("goal")
    elif not (view.unseen("goal") or any(_is_persons(view, one) for one in view.named("goal"))):
        yield "no-goal-of-the-person", view.path("goal")
    late = _late_strengths(view)
    if late is not None:
        yield "strengths-late", view.path(f"supportingInfo[{late}]")


def _is_known(view: View) -> bool:
    """Whether the person has an NHS number, or a reason why there is none, or cannot be seen."""
    subject = view.plan.get("subject") or {}
    if parties.identified(subject, NHS_NUMBER):
        return True
    patient = view.linked.at(subject)
    if patient is None:
        return "reference" in subject
    return bool(parties.number_of(patient) or parties.extension(patient, NO_NUMBER, VALUE))


VALUE = "valueCodeableConcept"


def _is_persons(view: View, goal: Resource) -> bool:
    by, subject = goal.get("expressedBy") or {}, view.plan.get("subject") or {}
    if by.get("reference"):
        return view.linked.at(by) is view.linked.at(subject) is not None or by == subject
    return bool(parties.identified(by, NHS_NUMBER))


def _late_strengths(view: View) -> int | None:
    """Where strengths stand, if another finding of ours stands before them."""
    ours = [
        (index, codes)
        for index, reference in enumerate(view.references("supportingInfo"))
        if CARE_PLAN in dict(codes := codes_in((view.linked.at(reference) or {}).get("code")))
    ]
    later = (index for index, codes in ours[1:] if STRENGTHS in codes)
    first = next(iter(ours), None)
    return None if first is None or STRENGTHS in first[1] else next(later, None)
