"""What will be done, both ways: the activities of the plan and of its crisis part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import fhir_profiles
from mappings.care_plan_codes import Code, codes_in, concept, named, ours
from mappings.care_plan_columns import statuses
from mappings.care_plan_held import NO_COLUMN, Held
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource

ACTIVITIES = "care_plan/activities.json"
UNKNOWN = "unknown"
DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Activity:
    """One kind of activity. With `text` its column holds words, else how far it is."""

    column: str
    codes: tuple[Code, ...]
    kind: str
    text: bool
    dated: bool

    @property
    def status_column(self) -> str:
        return f"{self.column}_status" if self.text else self.column


@cache
def activities(part: str) -> tuple[Activity, ...]:
    """The kinds of a part: "activities" of the plan, "crisis_activities" of its crisis part."""
    return tuple(
        Activity(
            row["column"],
            named(row["codes"]),
            row.get("kind", ""),
            row.get("text", False),
            row.get("on", False),
        )
        for row in fhir_profiles.load(ACTIVITIES)[part]
    )


def write(making: Making, part: str) -> list[Json]:
    """The activities of that part, what helps the person first."""
    return [
        {"detail": _detail(making, activity)}
        for activity in activities(part)
        if making.text(activity.column)
    ]


def read(held: Held, plan: Resource, part: str) -> dict[str, str]:
    """The cells of a plan's activities; one that no column can say is refused."""
    record: dict[str, str] = {}
    for index, one in enumerate(plan.get("activity", ())):
        if "reference" in one:
            continue
        detail = one.get("detail") or {}
        cells = dict(_cells(detail, _kind(detail, part)))
        if cells and not cells.keys() & record.keys():
            record |= cells
        else:
            held.refuse(f"CarePlan.activity[{index}]", NO_COLUMN)
    return record


def _detail(making: Making, activity: Activity) -> Json:
    word = making.text(activity.status_column)
    detail: Json = {"kind": activity.kind} if activity.kind else {}
    detail |= {"code": concept(*activity.codes), "status": statuses().get(word, UNKNOWN)}
    if word == DECLINED:
        detail["statusReason"] = ours(DECLINED)
    if on := activity.dated and making.text(f"{activity.column}_on"):
        detail["scheduledPeriod"] = {"start": on}
    if activity.text:
        detail["description"] = making.text(activity.column)
    return detail


def _kind(detail: Resource, part: str) -> Activity | None:
    """The kind whose codes it has all of; the one with most of them."""
    held = codes_in(detail.get("code"))
    fitting = [kind for kind in activities(part) if set(kind.codes) <= held]
    return max(fitting, key=lambda kind: len(kind.codes), default=None)


def _cells(detail: Resource, kind: Activity | None) -> Iterator[tuple[str, str]]:
    """The cells, or none where something of it has no column."""
    word = _word(detail)
    period: Mapping[str, str] = detail.get("scheduledPeriod") or {}
    described = bool(detail.get("description"))
    if kind is None or word is None or described != kind.text:
        return
    if period and (not kind.dated or "end" in period):
        return
    if not (word or kind.text):
        return
    if kind.text:
        yield kind.column, str(detail["description"])
    if word:
        yield kind.status_column, word
    if period:
        yield f"{kind.column}_on", str(period.get("start", ""))


def _word(detail: Resource) -> str | None:
    """Our word for a status, nothing where it is unknown, None where we have none."""
    status = str(detail.get("status", ""))
    if status == UNKNOWN:
        return ""
    word = next((word for word, code in statuses().items() if code == status), None)
    chose_not_to = codes_in(ours(DECLINED)) <= codes_in(detail.get("statusReason"))
    return None if word == DECLINED and not chose_not_to else word
