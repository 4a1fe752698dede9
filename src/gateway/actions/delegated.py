"""What a delegate may see of a person's record: less than the person, and never that it is less.

A delegate reads while there is something that they may decide; within the ceiling, but for what is
cleared for the person; without what a denial keeps from them, by the engine that decides for
everyone; and no Consent but their own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cached_property

from consent.compiling import ceiling_for
from consent.facts import Facts
from consent.predicate import Predicate, holds, negated
from consent.request import Request, Source
from gateway.actions.deciders import Recorded
from gateway.actions.installation import Installation
from gateway.actions.weighing import compiled_for, consents_of
from gateway.auth.delegated import subject_of
from gateway.auth.requester import Requester
from gateway.storage import delegates, identities
from gateway.storage.clearings import cleared_for
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.predicate_sql import NEVER, Sql, sql_and, sql_or
from gateway.storage.resources import Row

# References under which a Consent may name the delegate: RelatedPersons with their identifier,
# whomever they are related to: a denial is read broadly.
_RELATED = """
SELECT 'RelatedPerson/' || r.id FROM token_index t JOIN resource r ON r.rid = t.rid
WHERE t.name = 'identifier' AND t.value = ? AND t.type = 'RelatedPerson'
"""


class Delegated:
    """One delegate's look at one person, in one snapshot."""

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        requester: Requester,
        now: datetime,
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._requester = requester
        self._now = now
        self._subject = subject_of(installation.keys, requester)

    def part(self, type_: str) -> Sql:
        """True of what they may see of what the person may."""
        if type_ == "Consent":
            return Sql(
                "EXISTS (SELECT 1 FROM delegated g WHERE g.consent = r.id AND g.subject = ?)",
                (self._subject,),
            )
        recorded, predicate = self._recorded, self._predicate
        if recorded is None or predicate is None:
            return NEVER
        sql = self._installation.resources.sql
        return sql_and(
            sql_or(sql(negated(predicate.ceiling)), cleared_for(recorded.person)),
            sql(negated(predicate.denial)),
        )

    def allows(self, row: Row, was: Facts, *, cleared: bool) -> bool:
        """Whether they may see a former version for what it was, or a part for what it is;
        `cleared`: this version stands, and is cleared for the person."""
        if row.type == "Consent":
            return delegates.has_given(self._connection, row.id, self._subject)
        predicate = self._predicate
        if predicate is None or holds(predicate.denial, was):
            return False
        return cleared or not holds(predicate.ceiling, was)

    def consents(self) -> tuple[str, ...]:
        """The exact versions that are read."""
        return tuple(f"{each.reference}/_history/{each.version}" for each in self._sources)

    @cached_property
    def _recorded(self) -> Recorded | None:
        patient = self._requester.patient or ""
        return Recorded.about(self._installation, self._connection, patient, self._now)

    @cached_property
    def _sources(self) -> list[Source]:
        if self._recorded is None:
            return []
        own = identities.of_persons(self._connection, [self._recorded.person])
        return consents_of(self._installation, self._connection, own)

    @cached_property
    def _predicate(self) -> Predicate | None:
        """What the person's consents keep from them; None where they may not read at all."""
        recorded = self._recorded
        if recorded is None or not recorded.lets_look(self._subject):
            return None
        installation, connection = self._installation, self._connection
        found = compiled_for(installation, connection, self._sources, self._asked(), self._now)
        return replace(found, ceiling=ceiling_for(installation.policy))  # whoever is a recipient

    def _asked(self) -> Request:
        """A pull by the delegate, under every name that a Consent may have for them."""
        identifier = self._requester.practitioner or ""
        digest = self._installation.resources.digest("token-identifier", identifier)
        rows = self._connection.execute(_RELATED, (digest,))
        return Request(
            recipient=self._requester.organization,
            recipient_aliases=frozenset({f"{ODS}|{self._requester.ods}"}),
            practitioner=frozenset({identifier, *(reference for (reference,) in rows)}),
            purpose=self._requester.purpose,
            action="access",
        )
