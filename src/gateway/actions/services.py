"""Which services take part in a contact or a referral, and what their kinds say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from consent.elements import literal
from consent.labelling import service_says, services_named
from consent.said import Said, together
from gateway.actions.directory import organization_named
from gateway.fhir.types import DIRECTORY
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.resources import Resources


def services_say(
    connection: Connection, resources: Resources, resource: Mapping[str, Any], author: str
) -> tuple[Said, ...]:
    """What the services that a resource names, and its author's own, say of it."""
    rules = resources.labelling.rules
    found: dict[str, None] = {}
    if resource["resourceType"] in rules.authored:
        found[f"Organization/{author}"] = None
    for reference in services_named(resource, rules):
        found |= dict.fromkeys(_named(connection, reference))
    return together(_said(connection, resources, found))


def _named(connection: Connection, reference: Mapping[str, Any]) -> Iterator[str]:
    """The directory entry that a Reference names, by its id or by an ODS code."""
    target = literal(reference.get("reference"))
    if target is not None and target.partition("/")[0] in DIRECTORY:
        yield target
    elif "reference" not in reference:
        organization = organization_named(connection, dict(reference))
        if organization is not None:
            yield f"Organization/{organization.id}"


def _said(connection: Connection, resources: Resources, entries: Iterable[str]) -> Iterator[Said]:
    """By each entry, and by the organisation that it belongs to, which wrote it."""
    waiting, met = list(entries), set[str]()
    while waiting:
        entry = waiting.pop(0)
        type_, _, id_ = entry.partition("/")
        row = None if entry in met else searching.current(connection, type_, id_)
        met.add(entry)
        if row is None:
            continue
        body = msgspec.json.decode(b"{" + resources.opened(row).rest + b"}")
        yield from service_says(body, resources.labelling.rules)
        if row.type != "Organization":
            waiting.append(f"Organization/{row.author}")
