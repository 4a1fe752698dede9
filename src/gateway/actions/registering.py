"""Registering a person: each organisation's own Patient, joined inside to the same person."""

from __future__ import annotations

from typing import Any

from gateway.actions import people_told
from gateway.actions.judging import Author
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.storage import identities, linked, queue, same_person
from gateway.storage.circle import circle
from gateway.storage.queue import Kind as Queued
from gateway.storage.resources import Row
from gateway.storage.settling import settle
from gateway.storage.times import microseconds

ANOTHER = "your organisation has a Patient with this NHS number and birth date already"
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
    like: str | None = None,
) -> Row | Refused:
    """Store a Patient of the organisation; 409 where it has one with that number and birth date.

    The answer never depends on whether another organisation knows the person. `like` is a Patient
    of theirs where the gateway itself knows: a referral made the new one from it.
    """
    owner = organization or writing.organization
    number, born = nhs_number(patient), patient.get("birthDate")
    if existing(writing, owner, number, born) is not None:
        return refuse(
            Kind.CONFLICT,
            f"{ANOTHER}; use it, or create with If-None-Exist",
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
        like,
    )
    if registered.doubtful:
        _queue(writing, Queued.IDENTITY_DISAGREEMENT, patient["id"])
    if "link" in patient:
        linked.added(writing.connection)
    return writing.add(patient, Author(owner, writing.requester.role.value))


def correct(
    writing: Writing, row: Row, stored: dict[str, Any], patient: dict[str, Any]
) -> Row | Refused:
    """The organisation's Patient with what it now knows; 409 where another of its Patients has
    that number and birth date. The person may be another one from here on."""
    before = (nhs_number(stored), stored.get("birthDate"))
    after = (nhs_number(patient), patient.get("birthDate"))
    if before != after:
        other = existing(writing, row.author, *after)
        if other is not None and other.patient != row.id:
            return refuse(Kind.CONFLICT, ANOTHER, "Patient.identifier")
        _correct_identity(writing, row.id, before, after)
    if "link" in patient or "link" in stored:
        linked.added(writing.connection)
    return writing.change(row, patient)


def _correct_identity(
    writing: Writing,
    patient: str,
    before: tuple[str | None, str | None],
    after: tuple[str | None, str | None],
) -> None:
    """What was confirmed stays, unless the numbers say otherwise now: then it has ended."""
    connection, keys = writing.connection, writing.installation.keys
    mine = [one.id for one in identities.of_patients(connection, [patient])]
    is_confirmed = bool(circle(connection, mine).standing())
    stood = people_told.people(writing, mine) if is_confirmed else []
    corrected = identities.correct(connection, keys, patient, before, after)
    untrue = circle(connection, [corrected.identity]).contradicted(corrected.identity)
    for each in untrue:
        same_person.end(connection, each.id, writing.now)
    settle(connection, [corrected.identity], writing.now, corrected.moved)
    if corrected.doubtful or identities.is_doubtful(connection, corrected.identity):
        _queue(writing, Queued.IDENTITY_DISAGREEMENT, patient)
    if untrue:
        _queue(writing, Queued.SAME_PERSON_ENDED, patient)
        people_told.tell_parted(writing, stood)


def _queue(writing: Writing, kind: Queued, patient: str) -> None:
    queue.add(writing.connection, kind, f"Patient/{patient}", microseconds(writing.now))


def existing(
    writing: Writing, organization: str, number: str | None, born: str | None
) -> identities.Identity | None:
    """The organisation's Patient with exactly this number and birth date, where it has one."""
    if not number or not born:
        return None
    connection, keys = writing.connection, writing.installation.keys
    own = identities.person_digest(keys, "", number, born)
    digest = identities.number_digest(keys, number)
    return identities.registered_with(connection, organization, digest, own)
