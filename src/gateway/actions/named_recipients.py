"""Whether whom a resource names as its recipients can be, and may be, named there.

A name where it does nothing would promise what is not done, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.recipients import NAMED_RECIPIENT, is_naming, recipient_in
from gateway.actions.directory import organization_named
from gateway.actions.sighting import AUTHORS_ONLY
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.types import DIRECTORY
from gateway.storage.connection import Connection

NOT_AT_ROOT = "must stand among the extensions of the resource itself, or be left out"
NO_RECIPIENTS = "must be left out: this type goes to nobody but its author, or to everybody"
NOT_HERE = "must refer to an Organization in the directory here, by its id or its ODS code"


def misnamed(connection: Connection, resource: dict[str, Any]) -> list[Problem]:
    """Everything that is wrong with the recipients that a resource names."""
    if NAMED_RECIPIENT.encode() not in encode(resource):
        return []  # nearly all
    type_ = resource["resourceType"]
    found = list(_namings(resource, type_))
    own = {f"{type_}.extension[{index}]" for index in range(len(resource.get("extension", ())))}
    problems = [Problem(Kind.RULE, NOT_AT_ROOT, path) for path, _ in found if path not in own]
    at_root = [(path, naming) for path, naming in found if path in own]
    if type_ in DIRECTORY or type_ in AUTHORS_ONLY:
        return problems + [Problem(Kind.RULE, NO_RECIPIENTS, path) for path, _ in at_root]
    return problems + [
        Problem(Kind.RULE, NOT_HERE, f"{path}.valueReference")
        for path, naming in at_root
        if recipient_in(naming) is None
        or organization_named(connection, naming["valueReference"]) is None
    ]


def _namings(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every extension of this kind with its place, wherever it stands."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _namings(each, f"{path}[{index}]")
    elif isinstance(node, dict):
        if is_naming(node):
            yield path, dict(node)
        for name, value in node.items():
            if isinstance(value, dict | list):
                yield from _namings(value, f"{path}.{name}")
