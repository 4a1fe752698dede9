"""The codes that decide, as data: purposes of use, actor roles, actions, policy rules.

From `consent/purposes.json` and `consent/codes.json`. Every function is total: an unlisted code
is known to nothing and nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import fhir_profiles


@cache
def parents() -> Mapping[str, str]:
    """Each v3 ActReason code with its parent; '' at the top."""
    found: Mapping[str, str] = fhir_profiles.load("consent/purposes.json")["parents"]
    return found


@cache
def direct_care() -> frozenset[str]:
    """The purposes that a permit covers when it names none: TREAT and COC."""
    return frozenset(_purposes()["direct_care"])


@cache
def emergency() -> frozenset[str]:
    """The purposes that only a provision naming one speaks to: ETREAT and BTG."""
    return frozenset(_purposes()["emergency"])


def is_purpose(code: str) -> bool:
    return code in parents()


@cache
def permitted_by(purpose: str) -> frozenset[str]:
    """What a permit of this purpose permits: itself, and a closed list below it."""
    return frozenset({purpose, *_purposes()["permits"].get(purpose, ())})


@cache
def beneath(purpose: str) -> frozenset[str]:
    """The purpose with everything below it in the tree."""
    return frozenset(code for code in parents() if purpose in _line(code))


@cache
@cache
def denied_by(purpose: str) -> frozenset[str]:
    """What a denial of this purpose denies: itself, everything above it and everything below."""
    return beneath(purpose) | _line(purpose)


def _line(code: str) -> frozenset[str]:
    """The code and its ancestors."""
    found = set()
    while code:
        found.add(code)
        code = parents().get(code, "")
    return frozenset(found)


@cache
def listed(what: str, key: str = "codes") -> frozenset[str]:
    """A list of `codes.json`, such as listed("actor_role", "recipient")."""
    return frozenset(codes()[what][key])


@cache
def types(what: str) -> frozenset[str]:
    """A plain list of type names of `codes.json`: parties, persons, directory_types."""
    return frozenset(codes()[what])


@cache
def members_of(code: str) -> frozenset[str]:
    """The codes ("system|code") in the reference set that this one names; none where it is none."""
    held = fhir_profiles.load("labels/reference_sets.json")
    system = held["system"]
    rows = (row["codes"] for row in held["sets"] if f"{system}|{row['id']}" == code)
    return frozenset(f"{system}|{member}" for row in rows for member in row)


def codes() -> Mapping[str, Any]:
    found: Mapping[str, Any] = fhir_profiles.load("consent/codes.json")
    return found


def purpose_system() -> str:
    return str(_purposes()["system"])


def is_no_sensitivity(system: str, code: str) -> bool:
    """Obligations and test markers: known codes that say nothing about what content is."""
    return code in codes()["not_sensitivity"].get(system, ())


def _purposes() -> Mapping[str, Any]:
    found: Mapping[str, Any] = fhir_profiles.load("consent/purposes.json")
    return found
