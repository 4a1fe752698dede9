"""A write in progress: inside the group's transaction, under its own savepoint."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.actions.gate import Gate
from gateway.actions.installation import Installation
from gateway.actions.judging import Author, judged, organization_id
from gateway.actions.releasing import WHOLE, Released, released
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.content import content_of
from gateway.storage.predicate_sql import ALWAYS, Sql
from gateway.storage.resources import NewVersion, Row
from gateway.storage.searching import Criteria
from gateway.storage.times import microseconds

TOO_LONG = Problem(Kind.TOO_LONG, "took longer than is allowed; ask for less at once")


@dataclass(slots=True)
class Writing:
    """What one request writes, and what its audit row will name."""

    installation: Installation
    connection: Connection
    requester: Requester
    now: datetime
    entities: list[str] = field(default_factory=list)
    persons: set[bytes] = field(default_factory=set)
    consents: list[str] = field(default_factory=list)
    until: float = math.inf  # by time.monotonic: when the caller will have given up

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.until

    @property
    def organization(self) -> str:
        """The id of the organisation that writes."""
        return organization_id(self.requester)

    @property
    def author(self) -> Author:
        """Who writes, where nobody else is named."""
        return Author(self.organization, self.requester.role.value)

    @property
    def gate(self) -> Gate:
        """The gate as it stands within this write."""
        return Gate(self.installation, self.connection, self.requester, self.now)

    def sees(self, reference: str) -> Row | None:
        """The row of a local reference, where the requester may see it now."""
        key = local(reference)
        if key is None:
            return None
        gate = Gate(self.installation, self.connection, self.requester, self.now)
        return gate.row(*key)

    def own(self, criteria: Criteria) -> Sql:
        """Which of its organisation's rows a conditional form may find: all of them, and through
        a portal only what is about the person it serves."""
        if not self.requester.patient:
            return ALWAYS
        gate = Gate(self.installation, self.connection, self.requester, self.now)
        return gate.sight(criteria).visible

    def judged(
        self, resource: dict[str, Any], author: Author, earlier: Row | None = None
    ) -> NewVersion | Refused:
        """The resource judged as this requester may see the world."""
        instant = microseconds(self.now)
        return judged(self.connection, self.sees, author, resource, instant, earlier)

    def add(self, resource: dict[str, Any], author: Author | None = None) -> Row | Refused:
        """Store a new resource; its id is set already."""
        new = self.judged(resource, author or self.author)
        if isinstance(new, Refused):
            return new
        self.installation.resources.add(self.connection, new)
        return self._stored(new.type, new.id)

    def change(self, row: Row, resource: dict[str, Any]) -> Row | Refused:
        """Store a further version, where anything moved; the author stays who it was."""
        new = self.judged(resource, Author(row.author, row.author_role), row)
        if isinstance(new, Refused):
            return new
        if self._stands_already(row, new):
            return self.named(row)
        self.installation.resources.replace(self.connection, row.rid, new)
        return self._stored(new.type, new.id)

    def _stands_already(self, row: Row, new: NewVersion) -> bool:
        labels = (new.labels.topics, new.labels.level, new.labels.pending)
        if labels != (row.topics, row.level, bool(row.pending)):
            return False
        return self.installation.resources.opened(row) == content_of(new.resource)

    def remove(self, row: Row) -> None:
        """Store that it is deleted; the log names it with everyone whom it concerned."""
        self.named(row)
        instant = microseconds(self.now)
        self.installation.resources.delete(self.connection, row.rid, instant)

    def whole(self, row: Row) -> Released:
        """The author's own view."""
        seen = released(self.installation.keys, self.installation.resources, row, WHOLE)
        assert seen is not None  # noqa: S101 - nothing is hidden in the whole
        return seen

    def _stored(self, type_: str, id_: str) -> Row:
        row = searching.current(self.connection, type_, id_)
        assert row is not None  # noqa: S101 - written above, in this transaction
        return self.named(row)

    def named(self, row: Row) -> Row:
        """The row, which the log will name with everyone whom it concerns."""
        self.entities.append(row.reference)
        found = self.connection.execute(
            "SELECT i.person FROM concern c JOIN identity i ON i.id = c.identity WHERE c.rid = ?",
            (row.rid,),
        )
        self.persons.update(person for (person,) in found)
        return row
