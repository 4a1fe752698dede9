"""When a plan in force is to be looked at again, and how near that is before somebody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import fhir_profiles
from mappings import parties
from mappings.care_plan_codes import REVIEW_DATE
from mappings.care_plan_rules import OPEN
from mappings.linked import Resource

DATA = "care_plan/reviews.json"


def review_day(plan: Resource) -> str:
    """The planned review date of a plan in force; nothing where it names none or has ended."""
    if plan.get("status") not in OPEN:
        return ""
    return str(parties.extension(plan, REVIEW_DATE, "valueDate") or "")


def near() -> timedelta:
    """How long before that day its Task is raised."""
    return timedelta(days=_data()["raise_days_before"])


def words() -> str:
    """What the Task asks for."""
    return str(_data()["words"])


def _data() -> Any:
    return fhir_profiles.load(DATA)
