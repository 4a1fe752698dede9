"""Organisations: registered by the operator, each with its sharing agreement and its resource."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from consent.facts import Facts
from consent.labelling import Labels
from gateway.fhir.indexing import index
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
