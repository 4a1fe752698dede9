"""A national data set's tables, as its file under fhir_profiles/national says them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import fhir_profiles
from mappings import national_places
from mappings.element_paths import Path, every, is_coded, path_of, put
from mappings.national_fields import Field, field_of

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the resource that a row of it becomes, and which resources are rows of it.

    `recognised_by` names a field that such a resource can be read for; else it holds a `coding`
    ("system|code") or a `canonical` at a path. `status`: the first whose columns hold anything.
    """

    name: str
    resource: str
    fixed: Mapping[str, Any]
    subject: Path
    provider: tuple[Path, ...]
    fields: tuple[Field, ...]
    recognised_by: str
    recognised_at: Path
    coding: str
    canonical: str
    status: tuple[tuple[tuple[str, ...], str], ...]
    in_order: tuple[tuple[str, str], ...]
    not_both: tuple[tuple[str, str], ...]
    one_of: tuple[str, ...]

    @property
    def named(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}


@cache
def tables(name: str) -> tuple[Table, ...]:
    """The tables of that set, in the order in which a resource is tried against them."""
    return tuple(_table(data) for data in fhir_profiles.load(f"national/{name}.json")["tables"])


def keys(name: str) -> tuple[str, ...]:
    """The columns that every row of that set has, whatever its table."""
    return tuple(key["name"] for key in fhir_profiles.load(f"national/{name}.json")["keys"])


def columns(name: str) -> tuple[str, ...]:
    """All columns of that set: the keys, then each field once, table by table."""
    named = (field.name for table in tables(name) for field in table.fields)
    return tuple(dict.fromkeys((*keys(name), *named)))


def build(table: Table, values: Mapping[str, str], base: Mapping[str, Any]) -> Resource:
    """The resource that a row's values make, on top of `base`, which says who it is about."""
    resource: Resource = deepcopy({"resourceType": table.resource, **base, **table.fixed})
    for when, status in table.status:
        if not when or any(values.get(column) for column in when):
            resource["status"] = status
            break
    for field in table.fields:
        national_places.write(resource, field, values)
    return resource


def provide(table: Table, resource: Resource, provider: Mapping[str, Any]) -> None:
    """Names the provider wherever the table's resource does."""
    for path in table.provider:
        put(resource, path, dict(provider))


def values_of(table: Table, resource: Resource) -> dict[str, str]:
    """What a resource says in that table's fields."""
    found: dict[str, str] = {}
    for field in table.fields:
        found |= national_places.read(resource, field)
    return {name: found[name] for name in table.named if name in found}


def table_of(name: str, resource: Resource) -> Table | None:
    """The table that a resource, no Patient, is a row of, or None where it is of none."""
    kind = resource.get("resourceType")
    held = (table for table in tables(name) if table.resource == kind)
    return next((table for table in held if _is_row(table, resource)), None)


def _is_row(table: Table, resource: Resource) -> bool:
    if table.recognised_by:
        return bool(national_places.read(resource, table.named[table.recognised_by]))
    system, _, code = table.coding.rpartition("|")
    return any(
        is_coded(held, system, code) if code else str(held).partition("|")[0] == table.canonical
        for held in every(resource, table.recognised_at)
    )


def _table(data: Mapping[str, Any]) -> Table:
    known_as = data.get("recognised_as", {})
    return Table(
        name=data["table"],
        resource=data["resource"],
        fixed=data.get("fixed", {}),
        subject=path_of(data.get("subject", "")),
        provider=tuple(map(path_of, data["provider"])),
        fields=tuple(map(field_of, data["fields"])),
        recognised_by=data.get("recognised_by", ""),
        recognised_at=path_of(known_as.get("path", "")),
        coding=known_as.get("coding", ""),
        canonical=known_as.get("canonical", ""),
        status=tuple((tuple(one.get("when", ())), one["is"]) for one in data.get("status", ())),
        in_order=tuple((one, other) for one, other in data.get("in_order", ())),
        not_both=tuple((one, other) for one, other in data.get("not_both", ())),
        one_of=tuple(data.get("one_of", ())),
    )
