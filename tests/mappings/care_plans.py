"""Care plans for tests: a whole one, and every one that there can be."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from mappings import nhs_number
from mappings.care_plan_columns import REQUIRED, columns
from mappings.care_plan_rows import read
from mappings.verdict import Unmappable, Wrong

WHOLE = {
    "nhs_number": "9990000018",
    "birth_date": "1984-05-06",
    "recorded_at": "2026-03-01T10:30:00+00:00",
    "organization_ods": "RX4",
    "practitioner_id": "555253642100",
    "plan_status": "active",
    "plan_type": "10",
    "plan_from": "2026-03-01",
    "what_matters": "Seeing my daughter every week, and my allotment.",
    "goal_1": "I want to walk my daughter to school.",
    "goal_1_by": "person",
    "goal_2": "Sleep through most nights.",
    "goal_2_by": "team",
    "physical_activity": "Swim on Thursdays with Amal.",
    "diet": "A warm meal each day.",
    "strengths": "Grows food and gives it away. Knows when things turn. Sister nearby.",
    "wellbeing": "Two mornings a week on the allotment.",
    "wellbeing_status": "started",
    "social_prescribing": "planned",
    "recovery_link": "Joy goes along to the Tuesday group.",
    "recovery_link_on": "2026-03-10",
    "recovery_link_outcome": "planned",
    "coordinator_name": "Sam Okafor",
    "coordinator_id": "555253642100",
    "coordinator_ods": "RX4",
    "coordinator_service": "community-mental-health",
    "coordinator_since": "2026-02-01",
    "recontact_phone": "01632 960100",
    "team_1_ods": "DAS01",
    "team_1_service": "drug-alcohol",
    "team_1_name": "Joy Bell",
    "team_2_ods": "HOU01",
    "team_2_service": "housing",
    "team_contact": "Agreed who calls on Mondays.",
    "team_contact_at": "2026-02-27T14:00:00+00:00",
    "joint_review": "Both services, with the person.",
    "joint_review_status": "booked",
    "joint_review_on": "2026-04-14",
    "carer_name": "Rosa Lind",
    "carer_young": "n",
    "carer_assessment": "declined",
    "family_involved": "y",
    "need_1_domain": "severe-mental-illness",
    "need_1": "Hears voices when tired.",
    "need_2_domain": "drugs",
    "need_2": "Uses heroin to sleep.",
    "need_2_code": "75544000",
    "physical_health": "Asthma.",
    "physical_health_plan": "New inhaler with the practice nurse.",
    "physical_health_plan_status": "booked",
    "social_care": "none",
    "self_care": "Energy is low in the morning: a call at nine helps.",
    "housing": "Tenancy is safe; the boiler is broken.",
    "housing_plan": "Repair before April.",
    "housing_referral": "done",
    "employment": "Wants to finish the gardening course.",
    "placement_support": "planned",
    "other_behaviours": "none",
    "smoking_status": "moderate",
    "stop_smoking": "declined",
    "stop_smoking_on": "2026-03-01",
    "uses_alcohol": "n",
    "uses_opioids": "y",
    "drug_harm_reduction": "done",
    "dependants": "Daughter, 7, lives with her aunt.",
    "adult_safeguarding": "n",
    "child_safeguarding": "n",
    "screening": "assist-lite-uk",
    "screening_on": "2026-02-01",
    "safety_formulation": "Safer with people near; less safe after bad news. Calls Rosa first.",
    "difficult_situations": "Speak slowly, sit down, offer to go outside.",
    "crisis_plan": "Call Rosa. I want to stay at home with the crisis team if I can.",
    "crisis_route": "Crisis line 111, option 2, at any hour, also after using.",
    "staying_safe": "My list on the fridge.",
    "overdose_plan": "Naloxone is in the hall; Rosa knows how.",
    "naloxone": "done",
    "crisis_agreed_at": "2026-03-01T11:00:00+00:00",
    "crisis_agreed_by": "person",
    "discharge_plan": "Steps down to the GP when a summer has gone well.",
    "recontact": "Call 01632 960100 and ask for the team: no new referral.",
    "re_engagement": "Letters frightened me. Text first, then Rosa.",
    "last_review_on": "2025-12-01",
    "review_on": "2026-06-01",
    "agreed_at": "2026-03-01T11:00:00+00:00",
    "agreed_by": "person",
    "consent_id": "urn:ietf:rfc:3986|urn:uuid:0c7c7f6f-6c1e-4b4f-9f1e-2c1b0b0c9a11",
}

_NUMBERS = st.integers(999_000_000, 999_999_999).flatmap(
    lambda stem: st.sampled_from(
        [n for last in range(10) if not isinstance(n := nhs_number.parse(f"{stem}{last}"), Wrong)]
        or ["9990000018"]
    )
)
_TIMES = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2029, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda at: at.isoformat().replace("+00:00", "Z"))
_DAYS = st.dates(date(2020, 1, 1), date(2029, 12, 31)).map(date.isoformat)
_TEXT = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t,\"'"),
        max_size=30,
    )
    .map(str.strip)
    .filter(bool)
)
_KINDS = {
    "nhs_number": _NUMBERS,
    "birth_date": st.dates(date(1920, 1, 1), date(2019, 12, 31)).map(date.isoformat),
    "recorded_at": _TIMES | _DAYS,
    "team_contact_at": _TIMES | _DAYS,
    "agreed_at": _TIMES,
    "crisis_agreed_at": _TIMES,
}
_CANDIDATES = (
    st.sampled_from(["y", "planned", "done", "declined", "person", "representative"]),
    _DAYS,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=3, max_size=12),
)


def _takes(name: str, text: str) -> bool:
    return not isinstance(columns()[name].parse(text), Wrong)


def _values(name: str) -> st.SearchStrategy[str]:
    if name in _KINDS:
        return _KINDS[name]
    parse = columns()[name].parse
    allowed = getattr(parse, "args", ((),))[0]
    if isinstance(allowed, tuple) and allowed:
        return st.sampled_from(allowed)
    if name.endswith("_id") and name != "screening_id" and name != "consent_id":
        return st.text("0123456789", min_size=1, max_size=12)
    if _takes(name, "any words at all"):
        return _TEXT
    if _takes(name, "RX4"):
        return _CANDIDATES[2]
    return _DAYS if _takes(name, "2026-01-01") else st.sampled_from("yn")


def _beside(name: str) -> list[str]:
    """The columns that it may stand only with, and those that they may."""
    return [one for first in columns()[name].only_with[:1] for one in (first, *_beside(first))]


@st.composite
def care_plans(draw: st.DrawFn) -> dict[str, str]:
    """A record that can be mapped: the whole plan with many of its cells changed or left out."""
    optional = [name for name in columns() if name not in REQUIRED]
    chosen = draw(st.lists(st.sampled_from(optional), max_size=25, unique=True))
    left_out = draw(st.lists(st.sampled_from(optional), max_size=25, unique=True))
    base = WHOLE if draw(st.booleans()) else {}
    beside = [one for name in chosen for one in _beside(name) if one not in base]
    record = {**base, **{name: draw(_values(name)) for name in (*REQUIRED, *chosen, *beside)}}
    for name in left_out:
        record.pop(name, None)
    return _mended(draw, record)


def _mended(draw: st.DrawFn, record: dict[str, str]) -> dict[str, str]:
    """Fills or empties the cells that `read` refuses, until it takes the record."""
    for _ in range(200):
        found = read(record)
        if not isinstance(found, Unmappable):
            return {name: record[name] for name in columns() if record.get(name)}
        for fault in found.faults:
            if "must be empty" in fault.reason or "not be before" in fault.reason:
                record.pop(fault.where, None)
            else:
                record[fault.where] = draw(_values(fault.where))
    raise AssertionError(found)
