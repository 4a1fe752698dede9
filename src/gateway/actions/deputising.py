"""What an officer or operator records of who may decide for a person, and for which decision.

Each record says who made it and on what ground, ends and is never deleted, and leaves its row in
the log. The ground is sealed with the person's key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.actions.answer import Answer
from gateway.actions.directory import organization_named
from gateway.actions.releasing import whole
from gateway.actions.serving import Serving
from gateway.actions.writing import Writing
from gateway.auth.delegated import is_delegates_identifier, subject_digest
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.storage import delegates, grounds, identities, judgements, searching
from gateway.storage.connection import Connection
from gateway.storage.delegates import Basis, Delegate
from gateway.storage.directory import ODS
from gateway.storage.grounds import Ground
from gateway.storage.identities import Identity
from gateway.storage.judgements import EVERYTHING, Judgement

NOBODY = Problem(Kind.ABSENT, "must be Patient/<id> of a Patient here", "patient")
NOT_STANDING = Problem(Kind.ABSENT, "must be the id of a record that has not ended", "id")
NO_CONSENT = Problem(Kind.ABSENT, "must be an active Consent that a delegate gave", "consent")
IDENTIFIER = "must be <system>|<value>, the system an address, and not an NHS number"
SERVICE = f"must be {EVERYTHING}, the ODS code of a service here, or Organization/<id>"


@dataclass(frozen=True, slots=True)
class NewDelegate:
    """Whom to record: `identifier` as their portal's tokens name them; `days` None: until ended."""

    patient: str
    identifier: str
    called: str
    basis: Basis
    evidence: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class NewJudgement:
    """What was judged: `about` is a service (its ODS code or Organization/<id>), or EVERYTHING."""

    patient: str
    kind: judgements.Kind
    about: str
    evidence: str
    days: int


class Deputising(Serving):
    """The register of delegates and judgements. Each act and each look leaves its row."""

    async def add_delegate(self, officer: Requester, new: NewDelegate) -> Answer:
        """201 with the id of the record."""

        def job(writing: Writing) -> Answer | Refused:
            identity = _person(writing, new.patient)
            if identity is None:
                return Refused((NOBODY,))
            if not is_delegates_identifier(new.identifier):
                return refuse(Kind.RULE, IDENTIFIER, "subject")
            ground = Ground(_who(officer), new.evidence, new.identifier, new.called)
            id_ = self.new_id()
            sealed = _sealed(writing, identity, id_, ground)
            subject = subject_digest(self.keys, new.identifier)
            until = None if new.days is None else writing.now + timedelta(days=new.days)
            record = Delegate(id_, identity.id, writing.now, until, sealed, subject, new.basis)
            delegates.add(writing.connection, record, identity.person)
            return Answer(201, encode({"id": id_}))

        return await self._write(self._request(officer, "operation", "delegate/add"), job)

    async def end_delegate(self, officer: Requester, id_: str) -> Answer:
        """200; from the next request on they decide nothing and see nothing."""

        def job(writing: Writing) -> Answer | Refused:
            ended = delegates.end(writing.connection, id_, writing.now)
            return _ended(writing, ended, id_)

        return await self._write(self._request(officer, "operation", "delegate/end"), job)

    async def delegates_of(self, officer: Requester, patient: str) -> Answer:
        """200 with every record about the person, those that have ended too."""

        def job(writing: Writing) -> Answer | Refused:
            identity = _person(writing, patient)
            if identity is None:
                return Refused((NOBODY,))
            found = delegates.of_person(writing.connection, identity.person)
            return Answer(200, encode([_shown_delegate(self, writing, one) for one in found]))

        return await self._read_only(self._request(officer, "operation", "delegate/list"), job)

    async def add_judgement(self, officer: Requester, new: NewJudgement) -> Answer:
        """201 with the id of the record."""

        def job(writing: Writing) -> Answer | Refused:
            identity = _person(writing, new.patient)
            about = _decision(writing.connection, new.about)
            if identity is None or about is None:
                wrong = Problem(Kind.RULE, SERVICE, "about")
                return Refused((NOBODY if identity is None else wrong,))
            id_, until = self.new_id(), writing.now + timedelta(days=new.days)
            sealed = _sealed(writing, identity, id_, Ground(_who(officer), new.evidence))
            record = Judgement(id_, identity.id, writing.now, until, sealed, new.kind, about)
            judgements.add(writing.connection, record, identity.person)
            return Answer(201, encode({"id": id_}))

        return await self._write(self._request(officer, "operation", "judgement/add"), job)

    async def end_judgement(self, officer: Requester, id_: str) -> Answer:
        """200; it says nothing of what is decided from then on."""

        def job(writing: Writing) -> Answer | Refused:
            ended = judgements.end(writing.connection, id_, writing.now)
            return _ended(writing, ended, id_)

        return await self._write(self._request(officer, "operation", "judgement/end"), job)

    async def judgements_of(self, officer: Requester, patient: str) -> Answer:
        """200 with every judgement about the person, those that have ended too."""

        def job(writing: Writing) -> Answer | Refused:
            identity = _person(writing, patient)
            if identity is None:
                return Refused((NOBODY,))
            found = judgements.of_person(writing.connection, identity.person)
            return Answer(200, encode([_shown_judgement(self, writing, one) for one in found]))

        return await self._read_only(self._request(officer, "operation", "judgement/list"), job)

    async def set_aside(self, officer: Requester, consent: str, reason: str) -> Answer:
        """200: a best-interests decision was against what a delegate said. INVARIANT: what the
        person said themselves, or a service wrote for them, is not set aside here."""

        def job(writing: Writing) -> Answer | Refused:
            row = searching.current(writing.connection, "Consent", consent)
            if row is None or not delegates.set_aside(writing.connection, consent, writing.now):
                return Refused((NO_CONSENT,))
            stored = whole(row, self.installation.resources.opened(row))
            if stored["status"] != "active":
                return Refused((NO_CONSENT,))
            changed = writing.change(row, stored | {"status": "inactive"})
            return changed if isinstance(changed, Refused) else Answer(200, encode({"id": consent}))

        because = replace(officer, reason=reason)
        return await self._write(self._request(because, "operation", "delegate/set-aside"), job)


def _who(officer: Requester) -> str:
    return officer.practitioner_name or officer.practitioner or officer.client


def _person(writing: Writing, patient: str) -> Identity | None:
    """The identity of "Patient/<id>", whoever owns it; the log names the person."""
    identity = identities.by_patient(writing.connection, patient.removeprefix("Patient/"))
    return None if identity is None else _named(writing, identity)


def _named(writing: Writing, identity: Identity) -> Identity:
    writing.entities.append(f"Patient/{identity.patient}")
    writing.persons.add(identity.person)
    return identity


def _decision(connection: Connection, about: str) -> str | None:
    """What a judgement is about, as it is kept; None where no service here is meant."""
    if about == EVERYTHING:
        return EVERYTHING
    reference: dict[str, Any] = {"identifier": {"system": ODS, "value": about}}
    if about.startswith("Organization/"):
        reference = {"reference": about}
    found = organization_named(connection, reference)
    return None if found is None else f"Organization/{found.id}"


def _sealed(writing: Writing, identity: Identity, id_: str, ground: Ground) -> bytes:
    data_keys = writing.installation.data_keys
    return grounds.sealed(writing.connection, data_keys, identity.id, id_, ground)


def _ended(writing: Writing, identity: Identity | None, id_: str) -> Answer | Refused:
    if identity is None:
        return Refused((NOT_STANDING,))
    _named(writing, identity)
    return Answer(200, encode({"id": id_}))


def _shown_delegate(serving: Serving, writing: Writing, record: Delegate) -> dict[str, Any]:
    ground = _ground(serving, writing, record)
    return {
        "id": record.id,
        "identifier": ground.who,
        "called": ground.called,
        "basis": record.basis.value,
        **_times(record.since, record.until),
        "evidence": ground.evidence,
        "recorded_by": ground.by,
    }


def _shown_judgement(serving: Serving, writing: Writing, record: Judgement) -> dict[str, Any]:
    ground = _ground(serving, writing, record)
    return {
        "id": record.id,
        "kind": record.kind.value,
        "about": record.about,
        **_times(record.since, record.until),
        "evidence": ground.evidence,
        "recorded_by": ground.by,
    }


def _ground(serving: Serving, writing: Writing, record: Delegate | Judgement) -> Ground:
    data_keys = serving.installation.data_keys
    return grounds.opened(writing.connection, data_keys, record.identity, record.id, record.sealed)


def _times(since: datetime, until: datetime | None) -> dict[str, str | None]:
    return {"since": since.isoformat(), "until": None if until is None else until.isoformat()}
