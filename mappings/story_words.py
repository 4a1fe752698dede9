"""The words of a story: days, codes and our own phrases, which stand in one file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import fhir_profiles
from mappings.care_plan_codes import CARE_PLAN, CARE_TEAM, NEED, Code, codes_in
from mappings.moments import LONDON

WORDS = "story/words.json"
_OURS = {CARE_PLAN: "care-plan", CARE_TEAM: "care-team", NEED: "need"}


def phrase(group: str, name: str = "") -> str:
    """Our own words for something; "" where the table has none."""
    held = fhir_profiles.load(WORDS)[group]
    return str(held if isinstance(held, str) else held.get(name, ""))


def phrases(group: str) -> Any:
    """A whole group of the table."""
    return fhir_profiles.load(WORDS)[group]


def day(said: str) -> str:
    """A FHIR date in words, as exact as it is: 2025, May 2025, 3 May 2025 (London's day)."""
    match len(said):
        case 0 | 4:
            return said
        case 7:
            return f"{date.fromisoformat(said + '-01'):%B %Y}"
        case 10:
            return in_words(date.fromisoformat(said))
        case _:
            return in_words(_in_london(said))


def _in_london(said: str) -> date:
    """London's day of an instant; the day as written where clocks have no such time."""
    try:
        return datetime.fromisoformat(said).astimezone(LONDON).date()
    except (ValueError, OverflowError):  # a leap second; the first and last hours of all years
        return date.fromisoformat(said[:10])


def in_words(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def concept(value: Any) -> str:
    """A CodeableConcept, or the first of several, in words: its own, else ours for its code."""
    for one in value if isinstance(value, list) else [value]:
        if words := _concept(one) if isinstance(one, Mapping) else "":
            return words
    return ""


def _concept(value: Mapping[str, Any]) -> str:
    if text := str(value.get("text") or ""):
        return text
    codes = sorted(codes_in(value))
    plain = (phrase("called", code) for _, code in codes)
    known = (displays().get(code) for code in codes)
    given = (str(one.get("display") or "") for one in value.get("coding", ()))
    return next(filter(None, (*plain, *known, *given)), "")


@cache
def displays() -> Mapping[Code, str]:
    """Our words for each code that a plan or a referral may have."""
    found = {
        (system, code): str(words)
        for system, codes in fhir_profiles.load("displays.json")["systems"].items()
        for code, words in codes.items()
    }
    for one in fhir_profiles.load("care_plan/codes.json")["codes"]:
        found[one["system"], one["code"]] = one["display"]
    for system, name in _OURS.items():
        for one in fhir_profiles.load(f"codesystems/{name}.json")["concept"]:
            found[system, one["code"]] = one["display"]
    return found


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def told(words: str, *more: str) -> str:
    """The words, and more about them in brackets; capitalised where there are no words."""
    rest = ", ".join(part for part in more if part)
    return f"{words} ({rest})" if words and rest else words or capital(rest)
