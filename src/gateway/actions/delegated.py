"""What a delegate may see of a person's record: less than the person, and never that it is less.

A delegate reads while there is something that they may decide; within the ceiling; without what a
denial keeps from them, by the engine that decides for everyone; and no Consent but their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consent.facts import Facts
from consent.predicate import Predicate, holds, negated, some
from consent.request import Request, Source
from gateway.actions.deciders import Recorded
from gateway.actions.installation import Installation
from gateway.actions.weighing import compiled_for, consents_of
from gateway.auth.delegated import subject_of
from gateway.auth.requester import Requester
from gateway.storage import delegates, identities
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.predicate_sql import NEVER, Sql, sql_and
from gateway.storage.resources import Row

# References under which a Consent may name the delegate: RelatedPersons with their identifier.
_RELATED = """
SELECT DISTINCT 'RelatedPerson/' || r.id FROM token_index t JOIN resource r ON r.rid = t.rid
JOIN concern c ON c.rid = r.rid JOIN identity i ON i.id = c.identity
WHERE t.name = 'identifier' AND t.value = ? AND t.type = 'RelatedPerson' AND i.person = ?
AND r.deleted = 0
"""


@dataclass(frozen=True, slots=True)
class Delegated:
    """One delegate's look at one person, in one snapshot."""

    installation: Installation
    connection: Connection
    requester: Requester
    now: datetime

    def part(self, type_: str) -> Sql:
        """True of what they may see of what the person may."""
        if type_ == "Consent":
            return Sql(
                "EXISTS (SELECT 1 FROM delegated g WHERE g.consent = r.id AND g.subject = ?)",
                (self._subject,),
            )
        predicate = self._predicate()
        if predicate is None:
            return NEVER
        sql = self.installation.resources.sql
        return sql_and(
            sql(negated(predicate.ceiling)),
            sql(negated(predicate.denial)),
        )

    def allows(self, row: Row, was: Facts) -> bool:
        """Whether they may see a former version for what it was."""
        if row.type == "Consent":
            return delegates.has_given(self.connection, row.id, self._subject)
        predicate = self._predicate()
        return predicate is not None and not holds(some(predicate.ceiling, predicate.denial), was)

    def consents(self) -> tuple[str, ...]:
        """The exact versions that are read."""
        recorded = self._recorded()
        sources = [] if recorded is None else self._sources(recorded.person)
        return tuple(f"{each.reference}/_history/{each.version}" for each in sources)

    @property
    def _subject(self) -> str:
        return subject_of(self.installation.keys, self.requester)

    def _recorded(self) -> Recorded | None:
        patient = self.requester.patient or ""
        return Recorded.about(self.installation, self.connection, patient, self.now)

    def _predicate(self) -> Predicate | None:
        """What the person's consents keep from them; None where they may not read at all."""
        recorded = self._recorded()
        if recorded is None or not recorded.lets_look(self._subject):
            return None
        consents = self._sources(recorded.person)
        request = self._asked(recorded.person)
        return compiled_for(self.installation, self.connection, consents, request, self.now)

    def _sources(self, person: bytes) -> list[Source]:
        own = identities.of_persons(self.connection, [person])
        return consents_of(self.installation, self.connection, own)

    def _asked(self, person: bytes) -> Request:
        """A pull by the delegate, under every name that a Consent may have for them."""
        identifier = self.requester.practitioner or ""
        digest = self.installation.resources.digest("token-identifier", identifier)
        rows = self.connection.execute(_RELATED, (digest, person))
        return Request(
            recipient=self.requester.organization,
            recipient_aliases=frozenset({f"{ODS}|{self.requester.ods}"}),
            practitioner=frozenset({identifier, *(reference for (reference,) in rows)}),
            purpose=self.requester.purpose,
            action="access",
        )
