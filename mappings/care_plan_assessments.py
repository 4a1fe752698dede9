"""What the plan rests on, both ways: strengths first, then what was asked and found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import fhir_profiles
from mappings import parties
from mappings.care_plan_codes import (
    CARE_PLAN,
    FLAG_CATEGORY,
    Code,
    code_of,
    concept,
    named,
    ours,
)
from mappings.care_plan_held import NO_COLUMN, Held
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.systems import OBSERVATION_CATEGORY, SNOMED
from mappings.verdict import Entry

ASSESSMENTS = "care_plan/assessments.json"
NONE = "none"
ASSESSED_NONE = "assessed-none"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One question. `column` holds words or, with `choices`, a choice; `parts` are yes-no ones."""

    code: str
    also: tuple[Code, ...]
    category: str
    column: str
    may_be_none: bool
    choices: Mapping[str, str]
    parts: Mapping[str, str]


@cache
def assessments() -> tuple[Assessment, ...]:
    """Every question, strengths first."""
    return tuple(
        Assessment(
            row["code"],
            named([row["also"]]) if "also" in row else (),
            row["category"],
            row.get("words") or row.get("column", ""),
            row.get("none", False),
            row.get("choices", {}),
            row.get("parts", {}),
        )
        for row in fhir_profiles.load(ASSESSMENTS)["assessments"]
    )


def write(making: Making) -> Iterator[Entry]:
    """An Observation for each question that was answered, strengths first."""
    for asked in assessments():
        if value := _value(making, asked):
            yield making.entry("Observation", asked.code, _observation(making, asked, value))


def flags(making: Making) -> Iterator[Entry]:
    """A Flag for each safeguarding concern, so that those who help see it at once."""
    for column, code in fhir_profiles.load(ASSESSMENTS)["flags"].items():
        if making.text(column) == "y":
            body = {
                "status": "active",
                "category": [concept((FLAG_CATEGORY, "safety"))],
                "code": concept((SNOMED, code)),
                "subject": making.subject,
                "author": making.recorder,
            }
            yield making.entry("Flag", column, body)


def read(held: Held, where: str, observation: Resource) -> dict[str, str]:
    """The cells of one Observation; one that no column can say is refused."""
    code = code_of(observation.get("code"), CARE_PLAN)
    asked = next((one for one in assessments() if one.code == code), None)
    cells = dict(_cells(observation, asked)) if asked else {}
    if not cells:
        held.refuse(where, NO_COLUMN)
    return cells


def _value(making: Making, asked: Assessment) -> Json:
    if asked.parts:
        parts = [
            {"code": ours(code), "valueBoolean": answer == "y"}
            for column, code in asked.parts.items()
            if (answer := making.text(column))
        ]
        return {"component": parts} if parts else {}
    text = making.text(asked.column)
    if not text:
        return {}
    if asked.choices:
        return {"valueCodeableConcept": concept((SNOMED, asked.choices[text]))}
    if asked.may_be_none and text == NONE:
        return {"valueCodeableConcept": ours(ASSESSED_NONE)}
    return {"valueString": text}


def _observation(making: Making, asked: Assessment, value: Json) -> Json:
    return {
        "extension": [parties.recording_organization(making.plan.organization)],
        "status": "final",
        "category": [concept((OBSERVATION_CATEGORY, asked.category))],
        "code": concept(*asked.also, (CARE_PLAN, asked.code)),
        "subject": making.subject,
        "effectiveDateTime": making.recorded,
        "performer": parties.performers(making.plan.practitioner, making.plan.organization),
        **value,
    }


def _cells(observation: Mapping[str, Any], asked: Assessment) -> Iterator[tuple[str, str]]:
    value = observation.get("valueCodeableConcept")
    if asked.parts:
        columns = {code: column for column, code in asked.parts.items()}
        answers = {
            columns.get(code_of(part.get("code"), CARE_PLAN)): part.get("valueBoolean")
            for part in observation.get("component", ())
        }
        if None not in answers and None not in answers.values():
            yield from ((str(column), "ny"[bool(yes)]) for column, yes in answers.items())
    elif asked.choices:
        chosen = code_of(value, SNOMED)
        yield from ((asked.column, word) for word, code in asked.choices.items() if code == chosen)
    elif "valueString" in observation:
        yield asked.column, str(observation["valueString"])
    elif asked.may_be_none and code_of(value, CARE_PLAN) == ASSESSED_NONE:
        yield asked.column, NONE
