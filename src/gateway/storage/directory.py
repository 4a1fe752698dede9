"""Organisations: registered by the operator, each with its sharing agreement and its resource."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from consent.facts import Facts
from consent.labelling import Labels
from gateway.fhir.indexing import index
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.resources import NewVersion, Resources
from gateway.storage.times import microseconds

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
OPERATOR = "operator"


def register_organization(
    connection: Connection,
    resources: Resources,
    *,
    ods: str,
    name: str,
    now: datetime,
    new_id: Callable[[], str],
) -> str:
    """The id of the organisation with this ODS code; registered, with a current sharing
    agreement from now on, where it was not. Runs in the caller's transaction."""
    row = connection.execute("SELECT id FROM organization WHERE ods = ?", (ods,)).fetchone()
    if row is not None:
        return str(row[0])
    id_ = new_id()
    connection.execute(
        "INSERT INTO organization(id, ods, name, agreement_from) VALUES (?,?,?,?)",
        (id_, ods, name, microseconds(now)),
    )
    body = {
        "resourceType": "Organization",
        "id": id_,
        "identifier": [{"system": ODS, "value": ods}],
        "active": True,
        "name": name,
    }
    resources.add(connection, definition(body, OPERATOR, microseconds(now)))
    return id_


def place_below(
    connection: Connection, resources: Resources, id_: str, above: str, now: datetime
) -> bool:
    """Record that an organisation is part of another, from now on; False where the other is that
    very organisation, or below it. Runs in the caller's transaction."""
    if _is_within(connection, above, id_):
        return False
    row = searching.current(connection, "Organization", id_)
    assert row is not None  # noqa: S101 - registered, with its resource
    body = msgspec.json.decode(b"{" + resources.opened(row).rest + b"}")
    part_of = {"reference": f"Organization/{above}"}
    if body.get("partOf") == part_of:
        return True
    body |= {"resourceType": "Organization", "id": id_, "partOf": part_of}
    new = definition(body, OPERATOR, microseconds(now))
    resources.replace(connection, row.rid, replace(new, version=row.version + 1))
    return True


def _is_within(connection: Connection, id_: str, other: str) -> bool:
    """Whether the organisation is the other one, or below it."""
    seen: set[str] = set()
    while id_ and id_ not in seen:
        if id_ == other:
            return True
        seen.add(id_)
        found = connection.execute(
            "SELECT t.value FROM resource r JOIN token_index t ON t.rid = r.rid"
            " WHERE r.type = 'Organization' AND r.id = ? AND t.name = 'partof'",
            (id_,),
        ).fetchone()
        id_ = "" if found is None else str(found[0]).removeprefix("Organization/")
    return False


def identifiers_of(connection: Connection, organization: str) -> frozenset[str]:
    """The identifiers ("system|value") of the organisation with this id; none where unknown."""
    row = connection.execute("SELECT ods FROM organization WHERE id = ?", (organization,))
    return frozenset(f"{ODS}|{ods}" for (ods,) in row)


def definition(resource: dict[str, Any], author: str, now: int) -> NewVersion:
    """A resource that concerns no person, ready to be stored."""
    return NewVersion(
        resource=resource,
        type=resource["resourceType"],
        id=resource["id"],
        version=1,
        author=author,
        author_role=OPERATOR,
        concerns=(),
        several=False,
        labels=Labels(),
        facts=Facts(f"{resource['resourceType']}/{resource['id']}", resource["resourceType"]),
        indexed=index(resource),
        delivered_to=frozenset(),
        updated=now,
    )
