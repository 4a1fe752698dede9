"""Whether a version that stands no more may be seen: for what it was, under today's consents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from consent.facts import Facts
from consent.predicate import Predicate, holds, some
from consent.request import Request
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.sighting import Sighting
from gateway.actions.weighing import compiled_for, consents_of, pulled_by
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Requester, Role
from gateway.fhir.types import DIRECTORY, PERHAPS_PERSONAL
from gateway.storage import clearings, concerned, identities
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import NEVER, Sql, sql_and, sql_or
from gateway.storage.resources import Row


class Former:
    """One requester's look at the past, in one snapshot."""

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        requester: Requester,
        now: datetime,
        sighting: Sighting,
        action: str = "access",
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._requester = requester
        self._now = now
        self._sighting = sighting
        self._action = action
        self._organization = organization_id(requester)
        self._predicates: dict[bytes, Predicate] = {}
        self._identities: dict[str, Identity | None] = {}
        self._delivered: dict[int, bool] = {}
        self._cleared: dict[tuple[int, int], bool] = {}

    def candidates(self, type_: str) -> Sql:
        """Rows of a type of which some version may be seen: about people known here, or about
        nobody and written here. What of them, is for `sight_of` to say; no other row is read."""
        of_the_type = Sql("r.type = ?", (type_,))
        match self._requester.role:
            case _ if type_ in DIRECTORY:
                return of_the_type
            case Role.OFFICER:
                return NEVER
            case _ if self._requester.role is Role.PORTAL or self._requester.in_emergency:
                known = Sql("SELECT p.id FROM identity p WHERE p.patient = ?", (self._served(),))
            case Role.SERVICE:
                known = Sql(
                    "SELECT p.id FROM identity p WHERE p.organization = ?", (self._organization,)
                )
        about_them = Sql(
            "r.rid IN (SELECT c.rid FROM concern c WHERE c.type = ? AND c.identity IN"
            " (SELECT same.id FROM identity mine JOIN identity same ON same.person = mine.person"
            f" WHERE mine.id IN ({known.text})))",
            (type_, *known.values),
        )
        if type_ not in PERHAPS_PERSONAL or self._requester.in_emergency:
            return about_them
        about_nobody = sql_and(of_the_type, Sql("r.identity IS NULL"), self._sighting.is_author())
        return sql_or(about_them, about_nobody)

    def allows(self, row: Row, facts: Callable[[], Facts]) -> bool:
        """Whether a former version, for what it was, may be seen under today's consents, by who
        sees what stands."""
        if row.type in DIRECTORY:
            return True
        if self._requester.in_emergency and not self._is_about_served(facts()):
            return False
        if self._requester.role is Role.SERVICE and row.author == self._organization:
            return True
        was = facts()
        persons = self._persons(was)
        match self._requester.role:
            case Role.OFFICER:
                return False
            case Role.PORTAL:
                return self._is_own(row, persons, was)
            case Role.SERVICE if not persons:
                return False
            case Role.SERVICE:
                return self._sighting.has_agreement() and self._each_allows(row, persons, was)

    def _persons(self, was: Facts) -> frozenset[bytes]:
        """Whom it was about; nobody where someone is among them whom nobody here knows."""
        found = [self._identity(one.removeprefix("Patient/")) for one in was.persons]
        known = frozenset(identity.person for identity in found if identity is not None)
        return frozenset() if None in found else known

    def _is_own(self, row: Row, persons: frozenset[bytes], was: Facts) -> bool:
        """Whether it is of the person's own record: within the ceiling, or cleared for them; and
        of that, a delegate's."""
        me = self._identity(self._served())
        within = me is not None and persons == {me.person} and not was.ceiling
        if not within and not self._is_cleared(row):
            return False
        if not is_delegate(self._requester):
            return True
        return self._sighting.delegated().allows(row, was, cleared=self._is_cleared(row))

    def _each_allows(self, row: Row, persons: Iterable[bytes], facts: Facts) -> bool:
        """Each person's own consents, held in memory against what a former version was."""
        delivered = self._is_delivered(row)
        for person in persons:
            predicate = self._predicate(person)
            if predicate is None or holds(some(predicate.ceiling, predicate.denial), facts):
                return False
            if not delivered and not holds(some(predicate.permit, predicate.base), facts):
                return False
        return True

    def denies(self, row: Row, facts: Facts) -> bool:
        """Whether the ceiling, or a denial by anyone whom it concerns, keeps back what is within
        another organisation's resource, for what it is itself."""
        if is_delegate(self._requester):  # within the ceiling too
            cleared = self._is_cleared(row)
            return not self._sighting.delegated().allows(row, facts, cleared=cleared)
        if self._requester.role is Role.PORTAL:
            return facts.ceiling and not self._is_cleared(row)
        for one in facts.persons:
            identity = self._identity(one.removeprefix("Patient/"))
            predicate = None if identity is None else self._predicate(identity.person)
            if predicate is None or holds(some(predicate.ceiling, predicate.denial), facts):
                return True
        return False

    def rests_on(self, row: Row) -> None:
        """What is decided from now on depends on this row, whomever it concerns."""
        if row.identity is not None:
            self._sighting.reaches(concerned.of_identities(self._connection, [row.identity]))

    def _identity(self, patient: str) -> Identity | None:
        """Whose Patient it is; looked up once, and what is decided from then on depends on it."""
        if patient not in self._identities:
            found = identities.by_patient(self._connection, patient)
            self._identities[patient] = found
            self._sighting.reaches(() if found is None else (found,))
        return self._identities[patient]

    def _is_cleared(self, row: Row) -> bool:
        """Whether this version stands, and is cleared for the person: all its parts with it."""
        key = (row.rid, row.version)
        if key not in self._cleared:
            me = self._identity(self._served())
            found = None if me is None else clearings.standing(self._connection, row, me.person)
            self._cleared[key] = found is not None
        return self._cleared[key]

    def _is_delivered(self, row: Row) -> bool:
        if row.rid not in self._delivered:
            found = self._connection.execute(
                "SELECT 1 FROM delivery WHERE organization = ? AND rid = ?",
                (self._organization, row.rid),
            )
            self._delivered[row.rid] = found.fetchone() is not None
        return self._delivered[row.rid]

    def _predicate(self, person: bytes) -> Predicate | None:
        """The person's consents against this request; None where they are not known here."""
        if person in self._predicates:
            return self._predicates[person]
        own = identities.of_persons(self._connection, [person])
        if not self._sighting.knows(own):
            return None
        consents = consents_of(self._installation, self._connection, own)
        self._sighting.rests_on(own, consents)
        self._predicates[person] = compiled_for(
            self._installation, self._connection, consents, self._request(), self._now
        )
        return self._predicates[person]

    def _request(self) -> Request:
        return replace(pulled_by(self._requester), action=self._action)

    def _is_about_served(self, was: Facts) -> bool:
        """Whether it was about the person whom emergency access serves, and nobody else."""
        served = {f"Patient/{one.patient}" for one in self._sighting.served()}
        return bool(was.persons) and was.persons <= served

    def _served(self) -> str:
        """The Patient whom a portal's token, or emergency access, serves."""
        return (self._requester.patient or "").removeprefix("Patient/")
