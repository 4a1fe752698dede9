"""Who is called what in a story: services by what they are registered as, people by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from consent import elements
from gateway.actions.directory import organization_named
from gateway.actions.finding import Seen
from gateway.actions.gate import Gate
from gateway.storage.directory import ODS


def names_of(gate: Gate, seen: Iterable[Seen]) -> dict[str, str]:
    """Names by "Type/id" and by "ods|CODE": of whom these are, and of the organisations that they
    name, so far as the requester may read such entries."""
    every = list(seen)
    found = {one.reference: name for one in every if (name := _name(one.tree))}
    if gate.requester.may("r", "Organization"):
        found |= dict(_organizations(gate, every))
    return found


def _organizations(gate: Gate, seen: Iterable[Seen]) -> Iterator[tuple[str, str]]:
    """The registered organisations that are named, by id or by ODS code."""
    asked: dict[str, dict[str, Any]] = {}
    for one in seen:
        for _, each in elements.references(one.tree):
            identifier = each.get("identifier") or {}
            if str(each.get("reference") or "").startswith("Organization/"):
                asked[each["reference"]] = {"reference": each["reference"]}
            elif identifier.get("system") == ODS:
                asked[f"ods|{identifier.get('value')}"] = {"identifier": identifier}
    for name, reference in asked.items():
        registered = organization_named(gate.connection, reference)
        if registered is not None:
            yield name, registered.name


def _name(resource: dict[str, Any]) -> str:
    """The name of a person, an organisation or a role; "" for anything else."""
    named = resource.get("name")
    if isinstance(named, str):
        return named if resource["resourceType"] == "Organization" else ""
    if isinstance(named, list) and named:
        parts = (*named[0].get("given", ()), named[0].get("family", ""))
        return str(named[0].get("text") or " ".join(filter(None, parts)))
    return ""
