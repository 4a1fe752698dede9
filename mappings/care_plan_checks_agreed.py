"""That the plan was agreed, will be looked at again, and says on what it rests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mappings import parties
from mappings.care_plan_codes import (
    CARE_PLAN,
    NOT_AGREED,
    PLAN_TYPE,
    REVIEW_DATE,
    SCREENED_ON,
    SCREENED_WITH,
    codes_in,
    named,
)
from mappings.care_plan_rules import data
from mappings.care_plan_view import View, details
from mappings.linked import Resource
from mappings.systems import NHS_NUMBER, QUESTIONNAIRE, SCORE

REVIEW = (CARE_PLAN, "review")
TO_ADULT = (CARE_PLAN, "camhs-to-adult")


def judge(view: View) -> Iterator[tuple[str, str]]:
    """(rule, place) for agreement, review date, screening, basis for sharing, and age."""
    if not is_agreed(view, view.plan):
        yield "not-agreed", view.place
    review = max(_reviews(view), default="")
    if not (review or view.unseen("activity")):
        yield "no-review-date", view.path("extension")
    if review and view.today and review < view.today:
        yield "review-past", view.path("extension")
    yield from _screening(view)
    if len(set(_organizations(view))) > 1 and not _names_consent(view):
        yield "no-sharing-basis", view.path("supportingInfo")
    if _is_becoming_adult(view) and TO_ADULT not in view.acts:
        yield "no-young-transition", view.path("activity")


def is_agreed(view: View, plan: Resource) -> bool:
    """Whether the person or a representative with authority agreed, or it says why not yet."""
    if parties.extension(plan, NOT_AGREED, "valueString"):
        return True
    return any(
        _is_by_the_person(view, one, agent)
        for one in view.pointing(plan)
        if one.get("resourceType") == "Provenance"
        for agent in one.get("agent", ())
    )


def _is_by_the_person(view: View, provenance: Resource, agent: Resource) -> bool:
    who = agent.get("who") or {}
    if parties.identified(who, NHS_NUMBER) or who == view.plan.get("subject"):
        return True
    kind = str((view.linked.at(who) or {}).get("resourceType", ""))
    return kind == "Patient" or (kind == "RelatedPerson" and bool(provenance.get("entity")))


def _reviews(view: View) -> Iterator[str]:
    """The days on which the plan will be looked at again."""
    if stated := parties.extension(view.plan, REVIEW_DATE, "valueDate"):
        yield str(stated)
    for task in view.named("activity"):
        if REVIEW in codes_in(task.get("code")) and task.get("status") != "completed":
            period = (task.get("restriction") or {}).get("period") or {}
            yield str(period.get("end", ""))[:10]
    for _, detail in details(view.plan):
        if REVIEW in codes_in(detail.get("code")) and detail.get("status") != "completed":
            yield str((detail.get("scheduledPeriod") or {}).get("start", ""))[:10]


def _screening(view: View) -> Iterator[tuple[str, str]]:
    days = [day for one in view.references("supportingInfo") for day in _screened(view, one)]
    place = view.path("supportingInfo")
    if not (days or view.unseen("supportingInfo")):
        yield "no-screening", place
    last = max(days, default="")
    if last and view.day and _a_year_on(last) < view.day:
        yield "screening-old", place


def _screened(view: View, reference: Resource) -> Iterator[str]:
    """The day of the screening that a reference names, if it names one."""
    wanted = data("screenings")
    found = view.linked.at(reference) or {}
    canonical = found.get("questionnaire") or parties.extension(
        reference, SCREENED_WITH, "valueCanonical"
    )
    name = str(canonical or "").partition("|")[0].removeprefix(f"{QUESTIONNAIRE}/")
    scores = codes_in(found.get("code"))
    prefixes = tuple(wanted["score_prefixes"])
    ours = any(system == SCORE and code.startswith(prefixes) for system, code in scores)
    if name in wanted["questionnaires"] or ours or scores & set(named(wanted["codes"])):
        stated = parties.extension(reference, SCREENED_ON, "valueDate")
        day = found.get("authored") or found.get("effectiveDateTime") or stated
        yield str(day or "")[:10]


def _a_year_on(day: str) -> str:
    return f"{int(day[:4]) + data('screenings')['months'] // 12}{day[4:]}"


def _organizations(view: View) -> Iterator[str]:
    for _, one in view.participants:
        behind = one.get("onBehalfOf") or one.get("member") or {}
        if "onBehalfOf" in one or behind.get("type") == "Organization":
            identifier = behind.get("identifier") or {}
            yield str(behind.get("reference") or identifier.get("value", ""))


def _names_consent(view: View) -> bool:
    return any(
        one.get("type") == "Consent"
        or str(one.get("reference", "")).startswith("Consent/")
        or (view.linked.at(one) or {}).get("resourceType") == "Consent"
        for one in view.references("supportingInfo")
    )


def _is_becoming_adult(view: View) -> bool:
    """Whether the person is nearly an adult, or the plan is for that move."""
    if (PLAN_TYPE, "14") in codes_in(view.plan.get("category")):
        return True
    born = str((view.linked.at(view.plan.get("subject")) or {}).get("birthDate", ""))
    if len(born) != 10 or len(view.day) != 10:
        return False
    birth, day = date.fromisoformat(born), date.fromisoformat(view.day)
    age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    young = data("young")
    return bool(young["from"] <= age < young["to"])
