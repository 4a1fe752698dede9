"""Two Patients that an officer, or the person in their hearing, confirmed to be one person.

For whoever has no NHS number here, or is registered under another name or date. From then on it is
as if number and birth date agreed; what ends it parts them again. Nobody is asked on a page: "is
this you?" about a Patient of somebody else's would show that there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from consent.reading_facts import SOMEONE, facts_of, labels_in
from gateway.actions import people_told
from gateway.actions.answer import Answer
from gateway.actions.releasing import whole
from gateway.actions.serving import Serving
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.storage import grounds, identities, same_person, searching, settling
from gateway.storage.circle import circle, numbers_differ
from gateway.storage.grounds import Ground
from gateway.storage.identities import Identity
from gateway.storage.same_person import Confirmation

TWO = "must be two Patients here, each as Patient/<id>, and not the same one twice"
UNKNOWN = "must be Patient/<id> of a Patient here, both times"
ONE_ALREADY = "are one person already"
TWO_NUMBERS = "have different NHS numbers, which are two people: the wrong one is to be corrected"
NOT_STANDING = Problem(Kind.ABSENT, "must be the id of a confirmation that has not ended", "id")


@dataclass(frozen=True, slots=True)
class NewConfirmation:
    """Which Patients ("Patient/<id>") are one person, on what ground; `their_word`: it was the
    person who said so."""

    patients: Sequence[str]
    ground: str
    their_word: bool = False


class Confirming(Serving):
    """The register of who was confirmed to be one person. Each act and each look leaves its row."""

    async def confirm_same_person(self, officer: Requester, new: NewConfirmation) -> Answer:
        """201 with the id of the record; both are one person from the next request on."""

        def job(writing: Writing) -> Answer | Refused:
            both = _both(writing, new.patients)
            if isinstance(both, Refused):
                return both
            one, other = both
            stood = people_told.people(writing, [one.id, other.id])
            id_ = self.new_id()
            data_keys = self.installation.data_keys
            ground = Ground(_who(officer), new.ground)
            sealed = grounds.sealed(writing.connection, data_keys, one.id, id_, ground)
            record = Confirmation(id_, one.id, other.id, new.their_word, writing.now, None, sealed)
            same_person.add(writing.connection, record)
            settling.settle(writing.connection, [one.id], writing.now)
            _about_one(writing, one)
            _name(writing, record)
            people_told.tell_joined(writing, stood)
            return Answer(201, encode({"id": id_}))

        return await self._write(self._request(officer, "operation", "same-person/confirm"), job)

    async def end_same_person(self, officer: Requester, id_: str, reason: str) -> Answer:
        """200; from the next request on each is whom their number and date, and what else was
        confirmed, make them."""

        def job(writing: Writing) -> Answer | Refused:
            record = same_person.standing(writing.connection, id_)
            if record is None:
                return Refused((NOT_STANDING,))
            stood = people_told.people(writing, [record.one])
            same_person.end(writing.connection, id_, writing.now)
            settling.settle(writing.connection, record.both, writing.now)
            _name(writing, record)
            people_told.tell_parted(writing, stood)
            return Answer(200, encode({"id": id_}))

        because = replace(officer, reason=reason)
        return await self._write(self._request(because, "operation", "same-person/end"), job)

    async def same_persons(self, officer: Requester, patient: str | None = None) -> Answer:
        """200 with every record, or with every one about a person; those that have ended too."""

        def job(writing: Writing) -> Answer | Refused:
            records = _records(writing, patient)
            if isinstance(records, Refused):
                return records
            for each in records:
                _name(writing, each)
            return Answer(200, encode([_shown(writing, each) for each in records]))

        return await self._read_only(self._request(officer, "operation", "same-person/list"), job)


def _both(writing: Writing, patients: Sequence[str]) -> tuple[Identity, Identity] | Refused:
    """The two identities, where they may be joined."""
    if len(patients) != 2 or patients[0] == patients[1]:
        return refuse(Kind.RULE, TWO, "patient")
    one, other = (_identity(writing, each) for each in patients)
    if one is None or other is None:
        return refuse(Kind.ABSENT, UNKNOWN, "patient")
    if one.person == other.person:
        return refuse(Kind.CONFLICT, ONE_ALREADY, "patient")
    around = circle(writing.connection, [one.id, other.id])
    if numbers_differ(*(around.numbers(around.reached([each.id])) for each in (one, other))):
        return refuse(Kind.RULE, TWO_NUMBERS, "patient")
    return one, other


def _identity(writing: Writing, patient: str) -> Identity | None:
    if not patient.startswith("Patient/"):
        return None
    return identities.by_patient(writing.connection, patient.removeprefix("Patient/"))


def _records(writing: Writing, patient: str | None) -> list[Confirmation] | Refused:
    if patient is None:
        return same_person.everything(writing.connection)
    identity = _identity(writing, patient)
    if identity is None:
        return refuse(Kind.ABSENT, UNKNOWN, "patient")
    own = identities.of_persons(writing.connection, [identity.person])
    return same_person.about(writing.connection, [each.id for each in own])


def _about_one(writing: Writing, joined: Identity) -> None:
    """What named both is about one person from now on; unless it names somebody else, whom nobody
    here knows."""
    connection, resources = writing.connection, writing.installation.resources
    person = identities.persons_of(connection, [joined.id])
    own = [each.id for each in identities.of_persons(connection, person)]
    for type_, id_ in settling.perhaps_about_one(connection, own):
        row = searching.current(connection, type_, id_)
        assert row is not None  # noqa: S101 - it was found in this transaction
        stored = whole(row, resources.opened(row))
        if SOMEONE not in facts_of(stored, labels_in(stored)).persons:
            settling.about_one(connection, [row.rid])


def _name(writing: Writing, record: Confirmation) -> None:
    """The log names both Patients, and whoever they mean now."""
    both = [identities.by_id(writing.connection, one) for one in (record.one, record.other)]
    writing.entities += [f"Patient/{each.patient}" for each in both]
    writing.persons.update(each.person for each in both)


def _shown(writing: Writing, record: Confirmation) -> dict[str, Any]:
    connection, data_keys = writing.connection, writing.installation.data_keys
    ground = grounds.opened(connection, data_keys, record.one, record.id, record.sealed)
    both = (identities.by_id(connection, one) for one in (record.one, record.other))
    return {
        "id": record.id,
        "patients": [f"Patient/{each.patient}" for each in both],
        "on_their_word": record.their_word,
        "since": record.since.isoformat(),
        "until": None if record.until is None else record.until.isoformat(),
        "ground": ground.evidence,
        "recorded_by": ground.by,
    }


def _who(officer: Requester) -> str:
    return officer.practitioner_name or officer.practitioner or officer.client
