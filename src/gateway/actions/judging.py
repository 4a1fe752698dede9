"""Judging a resource on the way in: whom it concerns, what it is about, what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from consent.labelling import depends_on
from consent.reading_facts import SOMEONE, facts_of
from gateway.actions.known import Known
from gateway.actions.lending import Sees, lent_to
from gateway.actions.services import services_say
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.indexing import Indexed, index
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.references import literals, local, walk
from gateway.fhir.types import DIRECTORY, OPEN, PERHAPS_PERSONAL, PERSONAL
from gateway.storage import identities
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.predicate_sql import placeholders
from gateway.storage.resources import NewVersion, Resources, Row
from gateway.storage.reviews import RAISED

# One text for a Patient that is unknown and for one that another organisation owns.
NOT_YOUR_PATIENT = "must refer to a Patient that your organisation has created here"
NO_PERSON = "concerns no person, so it must not name a Patient"

# What joins records, and R4 gives no search parameter for: a consent that names what is
# related to a record finds it by these.
_JOINED_UNSEARCHED = {
    "MedicationRequest": (("basedOn", "based-on"),),
    "MedicationStatement": (("basedOn", "based-on"), ("derivedFrom", "derived-from")),
}


@dataclass(frozen=True, slots=True)
class Author:
    """The organisation that wrote a resource, and the role in which it did."""

    organization: str
    role: str


def judged(
    known: Known,
    resources: Resources,
    sees: Sees,
    author: Author,
    resource: dict[str, Any],
    now: int,
    earlier: Row | None = None,
) -> NewVersion | Refused:
    """The resource ready to be stored, or why not: a Patient it names that is not the author's.

    INVARIANT: nothing about it depends on what the one who writes may not see, but for what the
    version before it (`earlier`) says already.
    """
    indexed = _found_by(known.connection, resource)
    named = literals(encode(resource))
    concerned = _concerns(known, author.organization, resource, sees, indexed, named)
    if isinstance(concerned, Refused):
        return concerned
    lent = lent_to(known.connection, resources.labelling, resource, sees, earlier)
    services = services_say(known.connection, resources, resource, author.organization)
    labels = lent.labels(resource, resources.labelling, services)
    facts = facts_of(resource, labels, known.names_of(author.organization), named)
    persons = known.persons_of(identity for identity, _ in concerned)
    return NewVersion(
        resource=resource,
        type=resource["resourceType"],
        id=resource["id"],
        version=1 if earlier is None else earlier.version + 1,
        author=author.organization,
        author_role=author.role,
        concerns=concerned,
        several=len(persons) > 1 or SOMEONE in facts.persons,
        labels=labels,
        facts=facts,
        indexed=indexed,
        delivered_to=_deliveries(known.connection, author, resource, persons),
        updated=now,
        labelled_by=lent.labelled_by,
    )


def leans_on(resource: dict[str, Any]) -> set[str]:
    """The "Type/id" of what a resource cannot be judged without."""
    targets = resource["target"] if resource["resourceType"] == "Provenance" else ()
    return {*depends_on(resource), *(each.get("reference", "") for each in targets)}


def organization_id(requester: Requester) -> str:
    return requester.organization.removeprefix("Organization/")


def _concerns(
    known: Known,
    writer: str,
    resource: dict[str, Any],
    sees: Sees,
    indexed: Indexed,
    named: tuple[str, ...],
) -> tuple[tuple[int, str], ...] | Refused:
    """Each identity that the resource names, the subject first; all must be the writer's own."""
    own = _own_patients(known, writer, resource, named)
    if isinstance(own, Refused):
        return own
    match resource["resourceType"]:
        case "Patient":
            itself = known.owned(writer, [resource["id"]])
            return tuple((identity.id, "patient") for identity in itself.values())
        case "Provenance":
            return _targets(known.connection, resource, own.values(), sees)
        case type_ if type_ in DIRECTORY:
            problems = _about_somebody(resource, named=bool(own))
            return Refused(tuple(problems)) if problems else ()
        case type_ if type_ in PERSONAL - PERHAPS_PERSONAL and not own:
            return refuse(Kind.RULE, "must name the person it is about, as Patient/<id>", type_)
    subjects = {
        reference for name, reference in indexed.references if name in ("patient", "subject")
    }
    found = [
        (identity.id, "patient" if f"Patient/{patient}" in subjects else "")
        for patient, identity in own.items()
    ]
    return tuple(sorted(found, key=lambda item: item[1] == ""))


def _about_somebody(resource: dict[str, Any], *, named: bool) -> list[Problem]:
    """Why a directory entry, which everyone may read, is not one."""
    type_ = resource["resourceType"]
    problems = [Problem(Kind.RULE, NO_PERSON, type_)] if named else []
    return problems + [
        Problem(Kind.RULE, "must be a directory or definition type", f"{type_}.contained[{place}]")
        for place, each in enumerate(resource.get("contained", ()))
        if each["resourceType"] not in OPEN
    ]


def _own_patients(
    known: Known, writer: str, resource: dict[str, Any], named: tuple[str, ...]
) -> dict[str, identities.Identity] | Refused:
    """The Patients that a resource names in any element; one constant text for any other's."""
    patients = [each.removeprefix("Patient/") for each in named if each.startswith("Patient/")]
    own = known.owned(writer, patients)
    if len(own) == len(patients):
        return own
    return Refused(
        tuple(
            Problem(Kind.RULE, NOT_YOUR_PATIENT, f"{path}.reference")
            for path, reference in walk(resource)
            if (literal := reference.get("reference", "")).startswith("Patient/")
            and literal.removeprefix("Patient/") not in own
        )
    )


def _targets(
    connection: Connection,
    provenance: dict[str, Any],
    own: Iterable[identities.Identity],
    sees: Sees,
) -> tuple[tuple[int, str], ...] | Refused:
    """A Provenance concerns whom its targets concern, and whom it names besides."""
    rows = [sees(each.get("reference", "")) for each in provenance["target"]]
    kept = [row.rid for row in rows if row is not None]
    found = connection.execute(
        "SELECT DISTINCT identity FROM concern"
        f" WHERE rid IN ({placeholders(len(kept))}) ORDER BY identity",
        tuple(kept),
    ).fetchall()
    if found:
        named = {identity.id for identity in own}
        return tuple((i, "") for i in dict.fromkeys([*(i for (i,) in found), *sorted(named)]))
    return refuse(Kind.RULE, "must be a resource about a person, held here", "Provenance.target")


def _found_by(connection: Connection, resource: dict[str, Any]) -> Indexed:
    """What searches find it by. A Task is found by its owner where only the ODS code names it;
    the reference itself stays as it was sent."""
    indexed = index(resource)
    if resource["resourceType"] in _JOINED_UNSEARCHED:
        joined = tuple(_joined_unsearched(resource))
        return replace(indexed, references=(*indexed.references, *joined))
    identifier = resource.get("owner", {}).get("identifier", {})
    if identifier.get("system") != ODS or "reference" in resource["owner"]:
        return indexed
    ods = identifier.get("value")
    row = connection.execute("SELECT id FROM organization WHERE ods = ?", (ods,)).fetchone()
    if row is None:
        return indexed
    return replace(indexed, references=(*indexed.references, ("owner", f"Organization/{row[0]}")))


def _joined_unsearched(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for element, name in _JOINED_UNSEARCHED[resource["resourceType"]]:
        for reference in resource.get(element, ()):
            if (key := local(reference.get("reference", ""))) is not None:
                yield name, "/".join(key)


def _deliveries(
    connection: Connection, author: Author, resource: dict[str, Any], persons: frozenset[bytes]
) -> frozenset[str]:
    """Whom a Task or ServiceRequest reaches by delivery: the owner of the Task, or of its Tasks;
    and the owner of what the gateway raises about a plan's review.

    INVARIANT: a request is delivered only by a Task of the organisation that wrote the request,
    which asks for this request and is about the same person: whoever agreed, agreed to that.
    """
    writer = author.organization
    if resource["resourceType"] == "Task" and author.role == RAISED:
        return frozenset({_owner(resource)} - {writer})
    if resource["resourceType"] == "Task" and _fulfils_a_request(resource):
        owner = _owner(resource)
        return frozenset({owner} if owner else ())
    if resource["resourceType"] != "ServiceRequest":
        return frozenset()
    rows = connection.execute(
        "SELECT d.organization, i.person FROM token_index t JOIN resource r ON r.rid = t.rid"
        " JOIN delivery d ON d.rid = r.rid JOIN concern c ON c.rid = r.rid"
        " JOIN identity i ON i.id = c.identity"
        " WHERE t.name = 'focus' AND t.value = ? AND t.type = 'Task' AND r.deleted = 0"
        " AND r.author = ?",
        (f"ServiceRequest/{resource['id']}", writer),
    )
    about: dict[str, set[bytes]] = {}
    for organization, person in rows:
        about.setdefault(organization, set()).add(person)
    return frozenset(one for one, agreed in about.items() if persons <= agreed)


def _owner(task: dict[str, Any]) -> str:
    """The id of the organisation that a Task names as its owner."""
    return str(task.get("owner", {}).get("reference", "")).removeprefix("Organization/")


def _fulfils_a_request(task: dict[str, Any]) -> bool:
    focus = str(task.get("focus", {}).get("reference", ""))
    return focus.startswith("ServiceRequest/")
