"""How the plan keeps the person safe: a crisis part that works, no grades, no conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.care_plan_checks_agreed import is_agreed
from mappings.care_plan_codes import CARE_PLAN, CRISIS_PLAN, codes_in, named
from mappings.care_plan_rules import asks_for_abstinence, data
from mappings.care_plan_view import View, details
from mappings.linked import Resource
from mappings.systems import SNOMED

CONDITIONS = frozenset({(CARE_PLAN, "abstinent-first"), (SNOMED, "933641000000103")})
REASONS = ("code", "reasonCode", "statusReason")


def judge(view: View) -> Iterator[tuple[str, str]]:
    """(rule, place) for crisis part, risk grades, and help that waits for abstinence."""
    if not (view.crises or _has_document(view)):
        yield "no-crisis-plan", view.place
    for crisis in view.crises:
        if not is_agreed(view, crisis):
            yield "crisis-not-agreed", view.place_of(crisis)
    for where in _risk_grades(view):
        yield "risk-grade", view.path(where)
    plans = [view.plan, *(one for one in view.crises if one is not view.plan)]
    for plan in plans:
        for where in _conditions(plan):
            yield "abstinent-first", f"{view.place_of(plan)}.{where}"
    for task in view.named("activity"):
        if CONDITIONS & (codes_in(task.get("code")) | codes_in(task.get("statusReason"))):
            yield "abstinent-first", view.place_of(task)


def _has_document(view: View) -> bool:
    """Whether the crisis plan is a document, or may be among what cannot be seen."""
    held = view.named("supportingInfo")
    return view.unseen("supportingInfo") or any(
        (SNOMED, CRISIS_PLAN) in codes_in(one.get("type")) for one in held
    )


def _risk_grades(view: View) -> Iterator[str]:
    for element in ("supportingInfo", "addresses"):
        for index, reference in enumerate(view.references(element)):
            if _is_grade(view, reference):
                yield f"{element}[{index}]"
    for where, detail in details(view.plan):
        for index, reference in enumerate(detail.get("reasonReference", ())):
            if _is_grade(view, reference):
                yield f"{where}.reasonReference[{index}]"
        if _grades() & codes_in(detail.get("reasonCode")):
            yield f"{where}.reasonCode"


def _is_grade(view: View, reference: Resource) -> bool:
    found = view.linked.at(reference) or {}
    kind = found.get("resourceType") or reference.get("type")
    kind = kind or str(reference.get("reference", "")).partition("/")[0]
    return kind in data("risk_grades")["types"] or bool(_grades() & codes_in(found.get("code")))


def _grades() -> set[tuple[str, str]]:
    return set(named(data("risk_grades")["codes"]))


def _conditions(plan: Resource) -> Iterator[str]:
    """Where a plan says, in codes or in words, that help waits."""
    texts: list[tuple[str, Any]] = [("description", plan.get("description"))]
    for where, detail in details(plan):
        for element in REASONS:
            if CONDITIONS & codes_in(detail.get(element)):
                yield f"{where}.{element}"
        texts.append((f"{where}.description", detail.get("description")))
    yield from (where for where, text in texts if text and asks_for_abstinence(str(text)))
