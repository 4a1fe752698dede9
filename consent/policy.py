"""Site policy: versioned data that answers what the person's own words leave open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent import codes, topics
from consent.request import Request

_RESTRICTED = topics.LEVELS.index("R")
_HOURS = {"emergency_hours": 4, "emergency_rest_hours": 24}  # each with what it is if not said
_DAYS = {"answer_days": 7, "ask_again_days": 7}
_LONGEST = {"emergency_hours": 4, "emergency_rest_hours": 8760, **dict.fromkeys(_DAYS, 90)}
_KEYS = frozenset({"version", "base", "agreements", "emergencies", "ceiling", *_HOURS, *_DAYS})
_BASE_KEYS = frozenset({"purposes", "confidentiality"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What this site answers. As it stands without a file: no base permits, no emergencies.

    `base_purposes` and `base_level` bound the base permit. `agreements` are the organisations
    with a current sharing agreement ("Organization/<id>" or an identifier), None for all of them.
    `emergencies` says whether an emergency that no consent speaks of is permitted; emergency
    access lasts `emergency_hours`, and for `emergency_rest_hours` after its end the same
    practitioner needs a new reason, or, where an officer ended it, has none.
    `ceiling_topics` are topics that nothing releases, beside the fixed ones. Whoever is told that a
    consent ended answers within `answer_days`, and is asked again every `ask_again_days`.
    """

    version: str = "none"
    base_purposes: frozenset[str] = frozenset()
    base_level: int = _RESTRICTED
    agreements: frozenset[str] | None = frozenset()
    emergencies: bool = False
    ceiling_topics: int = 0
    emergency_hours: int = _HOURS["emergency_hours"]
    emergency_rest_hours: int = _HOURS["emergency_rest_hours"]
    answer_days: int = _DAYS["answer_days"]
    ask_again_days: int = _DAYS["ask_again_days"]

    def has_agreement(self, request: Request) -> bool:
        return self.agreements is None or not self.agreements.isdisjoint(request.organization)


class PolicyError(ValueError):
    """A site policy that cannot be read; says which member, and what would be right."""


def read_policy(data: Any) -> Policy:
    """A policy from its JSON; raises PolicyError, because a policy in doubt must not decide.

    `{"version": "2026-05", "base": {"purposes": ["TREAT", "COC"], "confidentiality": "R"},
    "agreements": ["Organization/x"] or "all", "emergencies": "permit" or "deny",
    "emergency_hours": 4, "emergency_rest_hours": 24, "answer_days": 7, "ask_again_days": 7,
    "ceiling": [{"system": ..., "code": ...}]}`. No emergency lasts longer than four hours. Every
    member may be left out: without `base` nothing is a base permit; in it, purposes default to
    TREAT and COC, and confidentiality to R (it is never higher); without `agreements` no
    organisation has one, and so neither base permits nor the site's own answer to emergencies;
    without `emergencies` that answer is no.
    """
    whole = _object(data, "policy", _KEYS)
    base = _object(whole.get("base", {}), "base", _BASE_KEYS)
    return Policy(
        version=_text(whole.get("version", "unversioned"), "version"),
        base_purposes=_purposes(base) if "base" in whole else frozenset(),
        base_level=_level(base.get("confidentiality", "R")),
        agreements=_agreements(whole.get("agreements", [])),
        emergencies=_emergencies(whole.get("emergencies", "deny")),
        ceiling_topics=_ceiling(whole.get("ceiling", [])),
        emergency_hours=_number(whole, "emergency_hours"),
        emergency_rest_hours=_number(whole, "emergency_rest_hours"),
        answer_days=_number(whole, "answer_days"),
        ask_again_days=_number(whole, "ask_again_days"),
    )


def _object(value: Any, name: str, keys: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise PolicyError(f"{name} must be an object")
    if unknown := sorted(value.keys() - keys):
        raise PolicyError(f"{name}.{unknown[0]} is unknown; use {', '.join(sorted(keys))}")
    return value


def _text(value: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    raise PolicyError(f"{name} must be a string")


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list):
        raise PolicyError(f"{name} must be an array of strings")
    return [_text(item, name) for item in value]


def _purposes(base: Mapping[str, Any]) -> frozenset[str]:
    stated = _texts(base.get("purposes", sorted(codes.direct_care())), "base.purposes")
    for code in stated:
        if not codes.is_purpose(code) or code in codes.emergency():
            raise PolicyError("base.purposes must be v3-ActReason codes, and no emergency")
    return frozenset(stated)


def _level(value: Any) -> int:
    level = topics.level_of(_text(value, "base.confidentiality"))
    if level is None or level > _RESTRICTED:
        raise PolicyError("base.confidentiality must be one of U, L, M, N, R")
    return level


def _agreements(value: Any) -> frozenset[str] | None:
    return None if value == "all" else frozenset(_texts(value, "agreements"))


def _emergencies(value: Any) -> bool:
    if value not in ("permit", "deny"):
        raise PolicyError("emergencies must be permit or deny")
    return bool(value == "permit")


def _number(whole: Mapping[str, Any], name: str) -> int:
    value = whole.get(name, (_HOURS | _DAYS)[name])
    if type(value) is not int or not 0 < value <= _LONGEST[name]:
        raise PolicyError(f"{name} must be a whole number from 1 to {_LONGEST[name]}")
    return value


def _ceiling(value: Any) -> int:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise PolicyError("ceiling must be an array of codings")
    mask = 0
    for item in value:
        topic = topics.bit(str(item.get("system", "")), str(item.get("code", "")))
        if not topic:
            raise PolicyError("ceiling must list topics of v3-ActCode or CodeSystem/topic")
        mask |= topic
    return mask
