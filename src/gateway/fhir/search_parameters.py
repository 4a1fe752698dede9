"""R4's search parameters of each type, as `search/parameters.json` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fhir_profiles import load

DATA = "search/parameters.json"


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """One search parameter of one type.

    `paths` are where it is read; `targets` the types that a reference may name (empty: any), of
    which `target`, where set, is the only one that the parameter keeps. `claim` is true where a
    path holds anything but false. `components` are the parts of a composite, read beneath a path.
    """

    name: str
    kind: str
    paths: tuple[str, ...]
    targets: frozenset[str] = frozenset()
    target: str = ""
    claim: bool = False
    components: tuple[Parameter, ...] = ()


@cache
def parameters(type_: str) -> Mapping[str, Parameter]:
    """Every parameter of a type by its name, those that every type has among them."""
    data = load(DATA)
    rows = data["common"]["Resource"] | data["types"].get(type_, {})
    return {name: _parameter(name, row) for name, row in rows.items()}


def _parameter(name: str, row: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name,
        row["type"],
        tuple(row["paths"]),
        frozenset(row.get("targets", ())),
        row.get("target", ""),
        bool(row.get("claim")),
        tuple(_parameter(part.get("name", ""), part) for part in row.get("components", ())),
    )
