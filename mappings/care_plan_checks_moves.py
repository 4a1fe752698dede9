"""A move between services says what happens in it: nobody should find out on the day."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.care_plan_codes import CARE_PLAN, codes_in
from mappings.care_plan_view import View, details

TRANSITION = (CARE_PLAN, "transition")
SAYS = ("description", "scheduledPeriod", "scheduledTiming", "scheduledString", "performer")
OFF = ("cancelled", "stopped", "entered-in-error")


def judge(view: View) -> Iterator[tuple[str, str]]:
    """(rule, place) for each discharge or transition that says nothing but its kind."""
    for place, detail in details(view.plan):
        if TRANSITION not in codes_in(detail.get("code")) or detail.get("status") in OFF:
            continue
        if not any(detail.get(name) for name in SAYS):
            yield "unsaid-transition", view.path(f"{place}.description")
