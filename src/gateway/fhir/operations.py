"""The operations that we define ourselves, out of their OperationDefinitions."""

from __future__ import annotations

from functools import cache
from typing import Any

from fhir_profiles import load, names

FOLDER = "operations"


@cache
def defined_for(type_: str) -> tuple[dict[str, Any], ...]:
    """The OperationDefinitions of a type, by name."""
    every = (load(path) for path in names(FOLDER))
    return tuple(one for one in every if type_ in one["resource"])
