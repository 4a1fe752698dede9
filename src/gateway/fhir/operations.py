"""The operations of each type: those that we define ourselves, out of their OperationDefinitions,
and R4's own of an instance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from fhir_profiles import load, names

FOLDER = "operations"
HL7 = "http://hl7.org/fhir/OperationDefinition"


@dataclass(frozen=True, slots=True)
class Standard:
    """An operation of R4's on one resource: how it is asked, and what else it may be told."""

    name: str
    definition: str
    methods: tuple[str, ...]
    parameters: tuple[str, ...] = ()


_STANDARD = {
    "Composition": (
        Standard("document", f"{HL7}/Composition-document", ("get", "post"), ("persist",)),
    ),
    "Patient": (
        Standard(
            "everything",
            f"{HL7}/Patient-everything",
            ("get", "post"),
            ("start", "end", "_since", "_type", "_count"),
        ),
    ),
}


def standard_for(type_: str) -> tuple[Standard, ...]:
    """R4's operations that are served of an instance of a type, by name."""
    return _STANDARD.get(type_, ())


@cache
def defined_for(type_: str) -> tuple[dict[str, Any], ...]:
    """The OperationDefinitions of a type, by name."""
    of_types = (one for one in _every() if one["type"] or one["instance"])
    return tuple(one for one in of_types if type_ in one["resource"])


def defined_for_all() -> tuple[dict[str, Any], ...]:
    """The OperationDefinitions of the system, by name."""
    return tuple(one for one in _every() if one["system"])


@cache
def _every() -> tuple[dict[str, Any], ...]:
    return tuple(load(path) for path in names(FOLDER))
