"""Whose record a preview is about, and who would look at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.actions.directory import organization_named
from gateway.actions.offering import no_services
from gateway.actions.previewing_asked import Asked
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester, Role
from gateway.fhir.problem import Kind, Problem
from gateway.storage import identities, searching
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.resources import Row
from gateway.storage.times import microseconds

ONE_PERSON = "must be about the one person whom everything else here is about"
NO_SUCH_CONSENT = "must be a Consent of this person's that is held here"
NOBODY_HERE = "must be a Patient held here"
NO_RECIPIENT = "must be an Organization registered here"


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation that may look: "Organization/<id>", its ODS code, its name."""

    reference: str
    ods: str
    name: str

    def asking(self, purpose: str) -> Requester:
        """It, as it would ask: for a purpose, with no practitioner stated."""
        return Requester(
            client="preview",
            organization=self.reference,
            ods=self.ods,
            role=Role.SERVICE,
            purpose=purpose,
            scopes=frozenset(),
            token="",
        )


def whose(writing: Writing, asked: Asked) -> Identity | list[Problem]:
    """The person: whom the token serves; for an officer, whom the question is about."""
    problems: list[Problem] = []
    named: dict[str, Identity] = {}
    for place, patient in _patients(writing, asked, problems):
        identity = identities.by_patient(writing.connection, patient.removeprefix("Patient/"))
        if identity is None:
            problems.append(Problem(Kind.RULE, NOBODY_HERE, place))
        else:
            named[place] = identity
    persons = {identity.person for identity in named.values()}
    if not problems and len(persons) > 1:
        problems = [Problem(Kind.RULE, ONE_PERSON, place) for place in list(named)[1:]]
    return problems or next(iter(named.values()))


def _patients(writing: Writing, asked: Asked, problems: list[Problem]) -> Iterable[tuple[str, str]]:
    """Each Patient that the question is about, and where it stands."""
    if writing.requester.role is Role.PORTAL:
        yield "Parameters", writing.requester.patient or ""
        patients: dict[str, str] = {}
    else:
        patients = {
            f"{one.place}.patient": str(one.consent["patient"].get("reference", ""))
            for one in asked.proposed
        }
    for id_, place in asked.replaces.items():
        row = _stored(writing, id_)
        if row is None:
            problems.append(Problem(Kind.RULE, NO_SUCH_CONSENT, place))
        elif writing.requester.role is not Role.PORTAL:
            patients[place] = _about(writing.connection, row)
    yield from patients.items()


def _stored(writing: Writing, id_: str) -> Row | None:
    """A Consent that would end: of the person's own, or for an officer whosever it is."""
    if writing.requester.role is Role.OFFICER:
        return searching.current(writing.connection, "Consent", id_)
    return writing.gate.row("Consent", id_)


def _about(connection: Connection, row: Row) -> str:
    found = connection.execute(
        "SELECT i.patient FROM concern c JOIN identity i ON i.id = c.identity WHERE c.rid = ?"
        " AND c.element = 'patient'",
        (row.rid,),
    ).fetchone()
    return "" if found is None else str(found[0])


def as_the_person(requester: Requester, identity: Identity) -> Requester:
    """Whose look bounds what is told: the person's own, for an officer too."""
    if requester.role is Role.PORTAL:
        return requester
    return replace(
        requester,
        role=Role.PORTAL,
        purpose="PATRQT",
        organization=f"Organization/{identity.organization}",
        patient=f"Patient/{identity.patient}",
        practitioner=None,
    )


def recipients(writing: Writing, asked: Asked) -> list[Recipient] | list[Problem]:
    """Those named; else every service with a current sharing agreement, by name."""
    if not asked.recipients:
        return _all_that_may(writing)
    found: list[Recipient] = []
    problems: list[Problem] = []
    for id_, place in asked.recipients.items():
        named = organization_named(writing.connection, {"reference": f"Organization/{id_}"})
        if named is None:
            problems.append(Problem(Kind.RULE, NO_RECIPIENT, place))
        else:
            found.append(Recipient(f"Organization/{named.id}", named.ods, named.name))
    return problems or found


def _all_that_may(writing: Writing) -> list[Recipient]:
    now = microseconds(writing.now)
    rows = writing.connection.execute(
        "SELECT id, ods, name FROM organization WHERE agreement_from IS NOT NULL"
        " AND agreement_from <= ? AND (agreement_to IS NULL OR ? < agreement_to)"
        " ORDER BY name, id",
        (now, now),
    )
    aside = no_services(writing.connection, writing.installation.portal)
    found = [Recipient(f"Organization/{id_}", ods, name) for id_, ods, name in rows]
    return [one for one in found if one.reference not in aside]
