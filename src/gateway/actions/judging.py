"""Judging a resource on the way in: whom it concerns, what it is about, what can be asked of it."""

from __future__ import annotations

import sqlite3
from typing import Any

from consent.labelling import Labels, depends_on, label
from consent.reading_facts import facts_of
from gateway.auth.requester import Requester
from gateway.fhir.indexing import index
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.references import local, walk
from gateway.fhir.types import PERSONAL
from gateway.storage import identities, searching
from gateway.storage.resources import NewVersion

# One text for a Patient that is unknown and for one that another organisation owns.
NOT_YOUR_PATIENT = "must refer to a Patient that your organisation has created here"


def judged(
    connection: sqlite3.Connection,
    requester: Requester,
    resource: dict[str, Any],
    version: int,
    now: int,
    author: str | None = None,
    author_role: str | None = None,
) -> NewVersion | Refused:
    """The resource ready to be stored, or why not: a Patient it names that is not the writer's.

    `author` is the organisation id that wrote it, where that is not the requester's.
    """
    writer = author or organization_id(requester)
    concerned = concerns(connection, writer, resource)
    if isinstance(concerned, Refused):
        return concerned
    labels = label(resource, named_labels(connection, resource))
    sources = frozenset({f"Organization/{writer}", *_organization_identifiers(connection, writer)})
    facts = facts_of(resource, labels, sources)
    persons = identities.persons_of(connection, [identity for identity, _ in concerned])
    return NewVersion(
        resource=resource,
        type=resource["resourceType"],
        id=resource["id"],
        version=version,
        author=writer,
        author_role=author_role or requester.role.value,
        concerns=concerned,
        several=len(persons) > 1,
        labels=labels,
        facts=facts,
        indexed=index(resource),
        delivered_to=_deliveries(connection, writer, resource),
        updated=now,
    )


def organization_id(requester: Requester) -> str:
    return requester.organization.removeprefix("Organization/")


def concerns(
    connection: sqlite3.Connection, writer: str, resource: dict[str, Any]
) -> tuple[tuple[int, str], ...] | Refused:
    """Each identity that the resource names, the subject first; all must be the writer's own."""
    match resource["resourceType"]:
        case "Patient":
            own = identities.owned(connection, writer, [resource["id"]])
            return tuple((identity.id, "patient") for identity in own.values())
        case "Provenance":
            return _targets(connection, resource)
    subjects = {
        reference
        for name, reference in index(resource).references
        if name in ("patient", "subject")
    }
    named = [
        (path, reference["reference"])
        for path, reference in walk(resource)
        if reference.get("reference", "").startswith("Patient/")
    ]
    own = identities.owned(connection, writer, {r.removeprefix("Patient/") for _, r in named})
    problems = tuple(
        Problem(Kind.RULE, NOT_YOUR_PATIENT, f"{path}.reference")
        for path, reference in named
        if reference.removeprefix("Patient/") not in own
    )
    if problems:
        return Refused(problems)
    if not named and resource["resourceType"] in PERSONAL:
        text = "must name the person it is about, as Patient/<id>"
        return refuse(Kind.RULE, text, resource["resourceType"])
    found = {
        own[reference.removeprefix("Patient/")].id: "patient" if reference in subjects else ""
        for _, reference in sorted(named, key=lambda item: item[1] not in subjects, reverse=True)
    }
    return tuple(sorted(found.items(), key=lambda item: item[1] == ""))


def _targets(
    connection: sqlite3.Connection, provenance: dict[str, Any]
) -> tuple[tuple[int, str], ...] | Refused:
    """A Provenance concerns whom its targets concern."""
    keys = [local(each.get("reference", "")) for each in provenance["target"]]
    rows = [searching.current(connection, *key) for key in keys if key is not None]
    found = {row.identity: "" for row in rows if row is not None and row.identity is not None}
    if found:
        return tuple(found.items())
    return refuse(Kind.RULE, "must be a resource about a person, held here", "Provenance.target")


def named_labels(connection: sqlite3.Connection, resource: dict[str, Any]) -> dict[str, Labels]:
    """The labels of the local resources whose labels this one carries."""
    found: dict[str, Labels] = {}
    for reference in depends_on(resource):
        type_, _, id_ = reference.partition("/")
        row = searching.current(connection, type_, id_)
        if row is not None:
            found[reference] = Labels(row.topics, row.level, bool(row.pending))
    return found


def _organization_identifiers(connection: sqlite3.Connection, writer: str) -> list[str]:
    row = connection.execute("SELECT ods FROM organization WHERE id = ?", (writer,)).fetchone()
    return [] if row is None else [f"https://fhir.nhs.uk/Id/ods-organization-code|{row[0]}"]


def _deliveries(
    connection: sqlite3.Connection, writer: str, resource: dict[str, Any]
) -> frozenset[str]:
    """Whom a Task or ServiceRequest reaches by delivery: the owner of the Task, or of its Tasks.

    INVARIANT: a request is delivered only by a Task of the organisation that wrote the request.
    """
    if resource["resourceType"] == "Task" and _fulfils_a_request(resource):
        owner = resource.get("owner", {}).get("reference", "")
        return frozenset({owner.removeprefix("Organization/")} if owner else ())
    if resource["resourceType"] == "ServiceRequest":
        rows = connection.execute(
            "SELECT d.organization FROM fact f JOIN resource r ON r.rid = f.rid"
            " JOIN delivery d ON d.rid = r.rid"
            " WHERE f.kind = 'reference' AND f.value = ? AND r.type = 'Task' AND r.deleted = 0"
            " AND r.author = ?",
            (f"ServiceRequest/{resource['id']}", writer),
        )
        return frozenset(row[0] for row in rows)
    return frozenset()


def _fulfils_a_request(task: dict[str, Any]) -> bool:
    focus = task.get("focus", {}).get("reference", "")
    return isinstance(focus, str) and focus.startswith("ServiceRequest/")
