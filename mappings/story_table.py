"""The table of a story's sections: what each draws from, in reading order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import fhir_profiles
from mappings.care_plan_codes import SYSTEMS, Code, codes_in
from mappings.linked import Resource
from mappings.systems import OBSERVATION_CATEGORY, TASK_CODE

TABLE = "story/sections.json"
_SYSTEMS = SYSTEMS | {"observation-category": OBSERVATION_CATEGORY, "task-code": TASK_CODE}
_Codes = Mapping[str, frozenset[Code]]


@dataclass(frozen=True, slots=True)
class Draw:
    """What a section takes of one type, and how that is told.

    `acts` are the codes of activities that are told here, `elsewhere` of those that are told in
    another section; `last_of` is the element of whose values only the newest is told, or "".
    """

    tells: str
    type: str
    values: Mapping[str, frozenset[str]]
    has: _Codes
    lacks: _Codes
    acts: tuple[str, ...] = ()
    elsewhere: frozenset[str] = field(default_factory=frozenset)
    last_of: str = ""

    def takes(self, resource: Resource) -> bool:
        """Whether it is of this type, stands as it must, and has the codes that are asked for."""
        return (
            resource.get("resourceType") == self.type
            and all(resource.get(name) in held for name, held in self.values.items())
            and all(codes_in(resource.get(name)) & held for name, held in self.has.items())
            and not any(codes_in(resource.get(name)) & held for name, held in self.lacks.items())
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the table."""

    code: str
    title: str
    intro: str
    draws: tuple[Draw, ...]


@cache
def parts(*, emergency: bool = False) -> tuple[Part, ...]:
    """The sections in reading order; in an emergency, what helps in a crisis comes first."""
    data = fhir_profiles.load(TABLE)
    found = tuple(_part(one) for one in data["sections"])
    if not emergency:
        return found
    return tuple(sorted(found, key=lambda part: part.code != data["first_in_an_emergency"]))


@cache
def types() -> tuple[str, ...]:
    """Every type that a section draws from, as the table first names it."""
    return tuple(dict.fromkeys(draw.type for part in parts() for draw in part.draws))


@cache
def beside() -> frozenset[str]:
    """The types that are looked up where what is told names them."""
    return frozenset(fhir_profiles.load(TABLE)["beside"])


def wanted(resource: Resource) -> bool:
    """Whether any section takes it."""
    return any(draw.takes(resource) for part in parts() for draw in part.draws)


def _part(data: Mapping[str, Any]) -> Part:
    draws = tuple(_draw(one) for one in data["draws"])
    return Part(data["code"], data["title"], data.get("intro", ""), draws)


def _draw(data: Mapping[str, Any]) -> Draw:
    return Draw(
        tells=data["tells"],
        type=data["type"],
        values={name: frozenset(held) for name, held in data["in"].items()},
        has=_codes(data.get("has", {})),
        lacks=_codes(data.get("lacks", {})),
        acts=tuple(data.get("acts", ())),
        elsewhere=frozenset(data.get("told_elsewhere", ())),
        last_of=data.get("last_of", ""),
    )


def _codes(data: Mapping[str, Any]) -> _Codes:
    return {
        name: frozenset((_SYSTEMS[key], code) for key, code in pairs)
        for name, pairs in data.items()
    }
