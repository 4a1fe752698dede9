"""R4's invariants on datatypes; `invariants` says what is left out."""

from __future__ import annotations

from gateway.fhir.dates import surely_after
from gateway.fhir.invariant import (
    ByNames,
    Holds,
    Invariant,
    Json,
    any_of,
    below,
    has,
    listed,
    needs,
    not_both,
)

_UCUM = "http://unitsofmeasure.org"


def _not_negative(name: str) -> Holds:
    return lambda value: not below(value.get(name), 0)


def _range_rises(value: Json) -> bool:
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict):
        return True
    alike = (low.get("system"), low.get("code")) == (high.get("system"), high.get("code"))
    return not alike or not below(high.get("value"), low.get("value"))


def _is_ratio(value: Json) -> bool:
    both = has(value, "numerator") == has(value, "denominator")
    return both and (has(value, "numerator") or "extension" in value)


def _measured(value: Json) -> bool:
    """A value has a code, in UCUM where a system is stated (age-1, dis-1)."""
    return (has(value, "code") or not has(value, "value")) and value.get("system", _UCUM) == _UCUM


def _offset_has_meal(value: Json) -> bool:
    when = listed(value, "when")
    return "offset" not in value or (
        bool(when) and not any(each in ("C", "CM", "CD", "CV") for each in when)
    )


OF_DATATYPES: dict[str, tuple[Invariant, ...]] = {
    "Attachment": (Invariant("att-1", needs("data", "contentType"), "data needs a contentType"),),
    "ContactPoint": (Invariant("cpt-2", needs("value", "system"), "a value needs a system"),),
    "Quantity": (Invariant("qty-3", needs("code", "system"), "a code needs its system"),),
    "SimpleQuantity": (Invariant("qty-3", needs("code", "system"), "a code needs its system"),),
    "Age": (
        Invariant("age-1", _measured, "an age has a UCUM code of time"),
        Invariant("age-1", lambda v: not below(v.get("value"), 0), "an age is not negative"),
    ),
    "Distance": (Invariant("dis-1", _measured, "a distance has a UCUM code of length"),),
    "Duration": (
        Invariant(
            "drt-1",
            lambda v: "code" not in v or (v.get("system") == _UCUM and has(v, "value")),
            "a duration's code is UCUM's and comes with a value",
        ),
    ),
    "Expression": (
        Invariant("exp-1", any_of("expression", "reference"), "needs expression or reference"),
    ),
    "Period": (
        Invariant(
            "per-1",
            lambda v: not surely_after(v.get("start"), v.get("end")),
            "a period starts before it ends",
        ),
    ),
    "Range": (Invariant("rng-2", _range_rises, "low must not be above high"),),
    "Ratio": (Invariant("rat-1", ByNames(_is_ratio), "needs both numerator and denominator"),),
    "Timing.repeat": (
        Invariant("tim-1", needs("duration", "durationUnit"), "duration needs durationUnit"),
        Invariant("tim-2", needs("period", "periodUnit"), "period needs periodUnit"),
        Invariant("tim-4", _not_negative("duration"), "must not be negative", "duration"),
        Invariant("tim-5", _not_negative("period"), "must not be negative", "period"),
        Invariant("tim-6", needs("periodMax", "period"), "periodMax needs period"),
        Invariant("tim-7", needs("durationMax", "duration"), "durationMax needs duration"),
        Invariant("tim-8", needs("countMax", "count"), "countMax needs count"),
        Invariant("tim-9", _offset_has_meal, "offset needs a when other than C, CM, CD, CV"),
        Invariant("tim-10", not_both("timeOfDay", "when"), "timeOfDay or when, not both"),
    ),
}
