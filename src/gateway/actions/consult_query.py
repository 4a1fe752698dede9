"""What a CDS Hooks call of patient-consent-consult asks: about whom, as whom, for what.

The shape is that of CDS Hooks 2.0, with the context that the LEAP consent services gave this hook:
https://github.com/sdhealthconnect/leap-cds. Everything else in the call is passed by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.actions.registering import NHS_NUMBER
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage.directory import ODS

HOOK = "patient-consent-consult"
NAME = f"cds-services/{HOOK}"  # as the log has it
SCOPE = "patient-privacy"
_MOST = 20  # identifiers of one person or party


@dataclass(frozen=True, slots=True)
class Consult:
    """`patient` is an id, or `numbers` NHS numbers of one person; `actors` are ODS codes."""

    patient: str | None
    numbers: tuple[str, ...]
    actors: tuple[str, ...] | None
    purposes: tuple[str, ...] | None


def consult(tree: dict[str, Any]) -> Consult | Refused:
    """The call read, or everything that is wrong with it."""
    problems: list[Problem] = []
    if tree.get("hook") != HOOK:
        problems.append(_wrong(f"must be {HOOK}", "hook"))
    if not _is_uuid(tree.get("hookInstance")):
        problems.append(_wrong("must be a UUID, new for each call", "hookInstance"))
    context = tree.get("context")
    if not isinstance(context, dict):
        return Refused((*problems, _wrong("is required: an object with patientId", "context")))
    problems += _wrongs(context)
    if problems:
        return Refused(tuple(problems))
    about = context["patientId"]
    named = () if isinstance(about, str) else _values(about, NHS_NUMBER)
    return Consult(
        about.removeprefix("Patient/") if isinstance(about, str) else None,
        named,
        _values(context["actor"], ODS) if "actor" in context else None,
        tuple(_listed(context["purposeOfUse"])) if "purposeOfUse" in context else None,
    )


def _wrongs(context: dict[str, Any]) -> list[Problem]:
    found = []
    about = context.get("patientId")
    if not (isinstance(about, str) and about) and not _are_identifiers(about):
        words = "must be the id of your Patient, or an identifier: system and value, or several"
        found.append(_wrong(words, "context.patientId"))
    if context.get("scope", SCOPE) != SCOPE:
        found.append(_wrong(f"must be {SCOPE}, or absent", "context.scope"))
    if "actor" in context and not _are_identifiers(context["actor"]):
        found.append(_wrong("must be an identifier: system and value, or several", "context.actor"))
    purposes = _listed(context.get("purposeOfUse", "TREAT"))
    if not purposes or not all(isinstance(each, str) for each in purposes):
        found.append(_wrong("must be a code, or several", "context.purposeOfUse"))
    return found


def _are_identifiers(value: Any) -> bool:
    listed = _listed(value)
    return 0 < len(listed) <= _MOST and all(
        isinstance(each, dict)
        and isinstance(each.get("system"), str)
        and isinstance(each.get("value"), str)
        for each in listed
    )


def _values(identifiers: Any, system: str) -> tuple[str, ...]:
    return tuple(each["value"] for each in _listed(identifiers) if each["system"] == system)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def _wrong(words: str, place: str) -> Problem:
    return Problem(Kind.VALUE, words, place)
