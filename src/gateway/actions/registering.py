"""Registering a person: each organisation's own Patient, joined inside to the same person."""

from __future__ import annotations

from typing import Any

from gateway.actions.judging import Author
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.storage import identities
from gateway.storage.resources import Row
from gateway.storage.times import microseconds

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


def nhs_number(patient: dict[str, Any]) -> str | None:
    """The NHS number a Patient carries; None where it carries none."""
    for identifier in patient.get("identifier", []):
        if identifier.get("system") == NHS_NUMBER and isinstance(identifier.get("value"), str):
            return str(identifier["value"])
    return None


def register(
    writing: Writing,
    patient: dict[str, Any],
    organization: str | None = None,
    person: bytes | None = None,
) -> Row | Refused:
    """Store a Patient of the organisation; 409 where it has one with that number and birth date.

    The answer never depends on whether another organisation knows the person. `person` says who it
    is where the gateway itself knows: a referral made the Patient.
    """
    owner = organization or writing.organization
    number, born = nhs_number(patient), patient.get("birthDate")
    if existing(writing, owner, number, born) is not None:
        return refuse(
            Kind.CONFLICT,
            "your organisation has a Patient with this NHS number and birth date already; "
            "use it, or create with If-None-Exist",
            "Patient.identifier",
        )
    registered = identities.register(
        writing.connection,
        writing.installation.keys,
        writing.installation.data_keys,
        patient["id"],
        owner,
        number,
        born,
        person,
    )
    if registered.doubtful:
        writing.connection.execute(
            "INSERT INTO queue(kind, about, at) VALUES ('identity-disagreement', ?, ?)",
            (f"Patient/{patient['id']}", microseconds(writing.now)),
        )
    return writing.add(patient, Author(owner, writing.requester.role.value))


def existing(
    writing: Writing, organization: str, number: str | None, born: str | None
) -> identities.Identity | None:
    """The organisation's Patient with exactly this number and birth date, where it has one."""
    if not number or not born:
        return None
    keys = writing.installation.keys
    person = identities.person_digest(keys, "", number, born)
    held = identities.owned_by_number(
        writing.connection, organization, identities.number_digest(keys, number)
    )
    return next((identity for identity in held if identity.person == person), None)
