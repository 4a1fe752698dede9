"""The person, the practitioner and the organisation of a record, as our resources name them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mappings.systems import NHS_NUMBER, ODS, RECORDING_ORGANIZATION, SDS_USER
from mappings.verdict import Entry

NAMESPACE = UUID("6e1c9f4a-54cf-5f3c-9f43-0f7a1f0f5a3e")
PREFIX = NAMESPACE.bytes
VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


@dataclass(frozen=True, slots=True)
class Person:
    """Who a record is about: the two facts by which the gateway joins identities."""

    nhs_number: str
    birth_date: str


def urn(*parts: str) -> str:
    """An address made from content alone: the same parts give the same address, always.

    It is uuid5 (RFC 4122 asks for SHA-1) without the object: eight a screening add up.
    """
    name = PREFIX + "|".join(parts).encode()
    text = hashlib.sha1(name, usedforsecurity=False).hexdigest()
    tail = f"5{text[13:16]}-{VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{tail}"


def patient_entry(person: Person, address: str = "") -> Entry:
    """The person's Patient, created only where the sender has none of that number and date."""
    return Entry(
        address or urn("Patient", person.nhs_number, person.birth_date),
        {
            "resourceType": "Patient",
            "identifier": [{"system": NHS_NUMBER, "value": person.nhs_number}],
            "birthDate": person.birth_date,
        },
        f"identifier={NHS_NUMBER}|{person.nhs_number}&birthdate={person.birth_date}",
    )


def logical(kind: str, system: str, value: str) -> dict[str, Any]:
    """A reference by identifier: stored as sent, never resolved, never dangling."""
    return {"type": kind, "identifier": {"system": system, "value": value}}


def organization(ods: str) -> dict[str, Any]:
    return logical("Organization", ODS, ods)


def practitioner(user_id: str) -> dict[str, Any]:
    return logical("Practitioner", SDS_USER, user_id)


def author(user_id: str, ods: str) -> dict[str, Any]:
    """The practitioner, else the organisation."""
    return practitioner(user_id) if user_id else organization(ods)


def performers(user_id: str, ods: str) -> list[dict[str, Any]]:
    return [practitioner(user_id), organization(ods)] if user_id else [organization(ods)]


def recording_organization(ods: str) -> dict[str, Any]:
    return {"url": RECORDING_ORGANIZATION, "valueReference": organization(ods)}


def extension(resource: Mapping[str, Any], url: str, value: str) -> Any:
    """The value of the first extension of that address, or None."""
    found = (held for held in resource.get("extension", ()) if held.get("url") == url)
    return next((held.get(value) for held in found), None)


def identified(reference: Mapping[str, Any] | None, system: str) -> str:
    """The identifier that a logical reference carries in that system, or nothing."""
    identifier = (reference or {}).get("identifier", {})
    return str(identifier.get("value", "")) if identifier.get("system") == system else ""


def recorded_by(resource: Mapping[str, Any]) -> str:
    """The ODS code of the recording organisation, or nothing."""
    return identified(extension(resource, RECORDING_ORGANIZATION, "valueReference"), ODS)


def number_of(patient: Mapping[str, Any]) -> str:
    """The NHS number that a Patient carries, or nothing."""
    held = patient.get("identifier", ())
    return next((str(one.get("value", "")) for one in held if one.get("system") == NHS_NUMBER), "")
