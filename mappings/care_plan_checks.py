"""The rules of a shared care plan, held against FHIR, in words that a practitioner understands.

    check(document, today) -> [(FHIRPath, what would be right), …]   errors only
    findings(document, today) -> (Finding, …)                        warnings and advice too

`document` is a Bundle, or all resources that belong to a plan. Structure is R4's and is checked
elsewhere: what is given here has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from mappings import (
    care_plan_checks_agreed,
    care_plan_checks_moves,
    care_plan_checks_needs,
    care_plan_checks_safety,
    care_plan_checks_team,
    care_plan_checks_wishes,
)
from mappings.care_plan_checks_moves import TRANSITION
from mappings.care_plan_codes import PLAN_TYPE, codes_in
from mappings.care_plan_held import is_crisis
from mappings.care_plan_rules import Rule, rules
from mappings.care_plan_view import Document, View, details, views
from mappings.linked import Resource
from mappings.systems import QUESTIONNAIRE

Judge = Callable[[View], Iterator[tuple[str, str]]]
UNDER_WAY = ("scheduled", "in-progress")
OF_CRISIS_PLANS = frozenset(
    {
        "abstinent-first",
        "crisis-not-agreed",
        "no-crisis-route",
        "no-kind",
        "no-overdose-plan",
        "no-person",
        "no-staying-safe",
        "risk-grade",
    }
)
JUDGES: tuple[Judge, ...] = (
    care_plan_checks_wishes.judge,
    care_plan_checks_team.judge,
    care_plan_checks_needs.judge,
    care_plan_checks_safety.judge,
    care_plan_checks_moves.judge,
    care_plan_checks_agreed.judge,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What would make a plan better: where, in which words, how much it matters, which rule."""

    expression: str
    words: str
    severity: str
    rule: str
    element: str


def check(document: Document, today: date | None = None) -> list[tuple[str, str]]:
    """(FHIRPath, what would be right) for each error of each plan, in reading order."""
    found = findings(document, today)
    return [(one.expression, one.words) for one in found if one.severity == "error"]


def findings(
    document: Document, today: date | None = None, *, releasing: bool = False
) -> tuple[Finding, ...]:
    """All that would make each plan better, what matters to the person and strengths first.

    Without `today`, dates are held against the day on which the plan was written. `releasing`:
    the plan is about to go to another organisation, so that the basis for sharing must be named.
    """
    seen = views(document, today.isoformat() if today else "")
    return tuple(one for view in seen for one in _of_one(view, releasing))


def _of_one(view: View, releasing: bool) -> Iterator[Finding]:
    moving = _is_moving(view)
    places: dict[str, list[str]] = {}
    for judge in JUDGES:
        for rule_id, place in judge(view):
            places.setdefault(rule_id, []).append(place)
    for rule in rules().values():
        if not rule.applies(view.status, moving=moving) or _is_another_plans(rule, view):
            continue
        if rule.look_in and not _found(view, rule):
            places[rule.id] = [_where(view, rule)]
        for place in places.get(rule.id, ()):
            finding = Finding(place, rule.words, rule.severity, rule.id, rule.element)
            basis = releasing and rule.id == "no-sharing-basis"
            yield replace(finding, severity="error") if basis else finding


def _is_another_plans(rule: Rule, view: View) -> bool:
    """A crisis plan that is no part of another is held only against what it must hold itself."""
    return is_crisis(view.plan) and rule.id not in OF_CRISIS_PLANS


def _is_moving(view: View) -> bool:
    """Whether the person is on their way from one service to another."""
    return any(
        TRANSITION in codes_in(detail.get("code")) and detail.get("status") in UNDER_WAY
        for _, detail in details(view.plan)
    )


def _where(view: View, rule: Rule) -> str:
    if "crisis" in rule.look_in and view.crises:
        return f"{view.place_of(view.crises[0])}.{rule.at}"
    return view.path(rule.at)


def _found(view: View, rule: Rule) -> bool:
    """Whether a rule of the table is satisfied, or what would satisfy it cannot be seen."""
    return any(_found_in(view, rule, place) for place in rule.look_in)


def _found_in(view: View, rule: Rule, place: str) -> bool:
    match place:
        case "activity":
            linked = TRANSITION in rule.codes and any(map(_is_transition, view.pointing(view.plan)))
            return bool(rule.codes & view.acts) or linked or view.unseen(place)
        case "crisis":
            return not view.crises or bool(rule.codes & view.acts_in_crisis)
        case "about":
            return any(_is_of(rule, one) for one in view.pointing(view.plan))
        case "goal":
            held = (one.get("category") for one in view.named(place))
            return any(rule.codes & codes_in(one) for one in held) or view.unseen(place)
        case _:
            return (
                bool(rule.codes & view.support.keys()) or _asked(view, rule) or view.unseen(place)
            )


def _asked(view: View, rule: Rule) -> bool:
    """Whether the plan rests on a response to one of the rule's Questionnaires."""
    wanted = {f"{QUESTIONNAIRE}/{name}" for name in rule.questionnaires}
    held = view.named("supportingInfo")
    return any(str(one.get("questionnaire", "")).partition("|")[0] in wanted for one in held)


def _is_of(rule: Rule, resource: Resource) -> bool:
    """Whether a Communication is about what the rule asks, or an Encounter took place for it."""
    kind = resource.get("resourceType")
    about = codes_in(resource.get("category")) | codes_in(resource.get("type"))
    return (kind == "Encounter" and kind in rule.types) or bool(rule.codes & about)


def _is_transition(resource: Resource) -> bool:
    category = codes_in(resource.get("category"))
    return (PLAN_TYPE, "14") in category or TRANSITION in category
