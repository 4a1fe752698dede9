"""What $clear is asked, out of its Parameters: why, for whom, and whether it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.actions.installation import Installation
from gateway.actions.officers import LONGEST, SHORTEST, says_something
from gateway.actions.receiving import parameters
from gateway.fhir.parameters import Named
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local, relative

WHY = f"must say why, in {SHORTEST} to {LONGEST} characters, as valueString"
A_PATIENT = "must be a Reference to Patient/<id>"
_VALUES = {"reason": "valueString", "cleared": "valueBoolean", "patient": "valueReference"}


@dataclass(frozen=True, slots=True)
class Asked:
    """`patient` is the id of the Patient that is named, None where none is; not `cleared`: it is
    taken back."""

    reason: str
    cleared: bool
    patient: str | None


def asked(installation: Installation, body: bytes) -> Asked | Refused:
    """The question, or every way in which it is none."""
    given = parameters(installation, body)
    if isinstance(given, Refused):
        return given
    found = {one.name: one for one in given}
    problems = [*_unsuitable(given), *_without_reason(found.get("reason"))]
    cleared, patient = _cleared(found.get("cleared")), _patient(installation, found.get("patient"))
    problems += [one for one in (cleared, patient) if isinstance(one, Problem)]
    if problems or isinstance(cleared, Problem) or isinstance(patient, Problem):
        return Refused(tuple(problems))
    return Asked(_value(found["reason"]).strip(), cleared, patient)


def _unsuitable(given: list[Named]) -> Iterator[Problem]:
    """What is not known, or stands there twice."""
    seen: set[str] = set()
    for one in given:
        if one.name not in _VALUES:
            words = f"must be {' or '.join(_VALUES)}"
            yield Problem(Kind.UNSUPPORTED, words, f"{one.place}.name")
        elif one.name in seen:
            yield Problem(Kind.PARAMETER, "must be given once", one.place)
        seen.add(one.name)


def _without_reason(reason: Named | None) -> Iterator[Problem]:
    if reason is None:
        yield Problem(Kind.REQUIRED, f"reason {WHY}", "Parameters.parameter")
        return
    value = _value(reason)
    if not isinstance(value, str) or not says_something(value):
        yield Problem(Kind.REQUIRED, WHY, f"{reason.place}.value")


def _cleared(one: Named | None) -> bool | Problem:
    value = True if one is None else _value(one)
    if isinstance(value, bool):
        return value
    place = "Parameters.parameter" if one is None else f"{one.place}.value"
    return Problem(Kind.PARAMETER, "must be true or false, as valueBoolean", place)


def _patient(installation: Installation, one: Named | None) -> str | Problem | None:
    """The id of the Patient that a Reference here names."""
    if one is None:
        return None
    value = _value(one)
    text = value.get("reference") if isinstance(value, dict) else None
    base = f"{installation.base_url}/fhir"
    key = local(relative(text, base)) if isinstance(text, str) else None
    if key is None or key[0] != "Patient":
        return Problem(Kind.PARAMETER, A_PATIENT, f"{one.place}.value")
    return key[1]


def _value(one: Named) -> Any:
    return one.json.get(_VALUES[one.name])
