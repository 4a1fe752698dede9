"""A write in progress: inside the group's transaction, under its own savepoint."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.actions.following import follow
from gateway.actions.gate import Gate
from gateway.actions.installation import Installation
from gateway.actions.judging import Author, judged, leans_on, organization_id
from gateway.actions.known import Known
from gateway.actions.matter import Matter
from gateway.actions.pins import pinned_as
from gateway.actions.releasing import WHOLE, Released, released, told_labels, version_of
from gateway.auth.requester import Requester, Role
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local
from gateway.storage import linked, searching
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
    notes: list[Problem] = field(default_factory=list)  # said of what was stored: no errors
    agreed: list[str] = field(default_factory=list)  # Consents written, each with its pin
    moved: dict[str, Row | None] = field(default_factory=dict)  # Consents written: as they stood
    brought: frozenset[tuple[str, str]] = frozenset()  # (response, alert) whose Tasks come with it
    scored: frozenset[str] = frozenset()  # answers and scores held against each other already
    matters: list[Matter] = field(default_factory=list)  # raised even where all else is refused
    plans: list[Row] = field(default_factory=list)  # CarePlans written, by whomever
    asked: str | None = None  # what the log calls the request, where the write alone can say
    _met: dict[str, Row] = field(default_factory=dict)  # as it stands, by "Type/id"
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
        asker, until = self.requester, self.until
        return Gate(self.installation, self.connection, asker, self.now, until=until)

    def sees(self, reference: str) -> Row | None:
        """The row of a local reference, where the requester may see it now."""
        key = local(reference)
        if key is None:
            return None
        met = self._met.get("/".join(key))
        return met if met is not None and self._wrote(met) else self.gate.row_as_seen(*key)

    def _wrote(self, row: Row) -> bool:
        """Whether a service wrote it itself, which the gate always lets pass."""
        return self.requester.role is Role.SERVICE and row.author == self.organization

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
        return self._judged(Known(self.connection), resource, author, earlier)

    def _judged(
        self, known: Known, resource: dict[str, Any], author: Author, earlier: Row | None = None
    ) -> NewVersion | Refused:
        resources, now = self.installation.resources, microseconds(self.now)
        return judged(known, resources, self.sees, author, resource, now, earlier)

    def add(self, resource: dict[str, Any], author: Author | None = None) -> Row | Refused:
        """Store a new resource; its id is set already."""
        return self._add_at_once([resource], author or self.author)[0]

    def add_all(self, resources: Sequence[dict[str, Any]]) -> list[Row | Refused]:
        """Store new resources in few statements, none of them a Patient; each its row, or why
        not."""
        parts = _apart(resources)
        return [outcome for part in parts for outcome in self._add_at_once(part, self.author)]

    def _add_at_once(
        self, resources: Sequence[dict[str, Any]], author: Author
    ) -> list[Row | Refused]:
        known = Known(self.connection)
        outcomes = [self._judged(known, resource, author) for resource in resources]
        new = [outcome for outcome in outcomes if not isinstance(outcome, Refused)]
        rows = self.installation.resources.add_many(self.connection, new)
        for row, each in zip(rows, new, strict=True):
            concerned = (identity for identity, _ in each.concerns)
            self._log(row, known.persons_of(concerned))
            self._pin(row, each.resource, None)
            self.plans += [row] if row.type == "CarePlan" else []
        stored = iter(rows)
        return [each if isinstance(each, Refused) else next(stored) for each in outcomes]

    def change(self, row: Row, resource: dict[str, Any]) -> Row | Refused:
        """Store a further version, where anything moved; the author stays who it was."""
        new = self.judged(resource, Author(row.author, row.author_role), row)
        if isinstance(new, Refused):
            return new
        if self._stands_already(row, new):
            return self.named(row)
        self.installation.resources.replace(self.connection, row.rid, new)
        if _lends(new) != _lent_by(row):
            self._followed(row.reference)
        stored = self._stored(new.type, new.id)
        self._pin(stored, new.resource, row)
        self.plans += [stored] if stored.type == "CarePlan" else []
        return stored

    def _followed(self, reference: str) -> None:
        """What carries the labels of a resource has been given those that it has now."""
        for one in follow(self.connection, self.installation.resources, reference):
            self._met.pop(one, None)

    def _pin(self, row: Row, resource: dict[str, Any], before: Row | None) -> None:
        """The log's entry will say which Consent this is, and hold it to its words."""
        if row.type == "Consent":
            self.agreed.append(pinned_as(self.installation.keys, row, resource))
            self.moved.setdefault(row.reference, before)

    def _stands_already(self, row: Row, new: NewVersion) -> bool:
        if _lends(new) != _lent_by(row):
            return False
        return self.installation.resources.opened(row) == content_of(new.resource)

    def remove(self, row: Row) -> None:
        """Store that it is deleted; the log names it with everyone whom it concerned."""
        self.named(row)
        del self._met[row.reference]
        instant = microseconds(self.now)
        self.installation.resources.delete(self.connection, row.rid, instant)

    def whole(self, row: Row) -> Released:
        """The author's own view."""
        seen = released(self.installation.keys, self.installation.resources, row, WHOLE)
        assert seen is not None  # noqa: S101 - nothing is hidden in the whole
        return seen

    def marked(self, row: Row) -> Released:
        """The author's own view without its bytes: which version it is, since when."""
        labels = told_labels(row, self.installation.resources.labelling)
        version = version_of(self.installation.keys, row, WHOLE, labels)
        return Released(row.reference, version, row.updated, b"")

    def _stored(self, type_: str, id_: str) -> Row:
        row = searching.current(self.connection, type_, id_)
        assert row is not None  # noqa: S101 - written above, in this transaction
        return self.named(row)

    def named(self, row: Row) -> Row:
        """The row, which the log will name with everyone whom it concerns."""
        found = self.connection.execute(
            "SELECT i.person FROM concern c JOIN identity i ON i.id = c.identity WHERE c.rid = ?",
            (row.rid,),
        )
        return self._log(row, (person for (person,) in found))

    def _log(self, row: Row, persons: Iterable[bytes]) -> Row:
        concerned = frozenset(persons)
        self.entities.append(row.reference)
        self.persons.update(concerned)
        if row.type == "Consent":
            linked.consented(self.connection, concerned)
        self._met[row.reference] = row
        return row


def _lends(new: NewVersion) -> tuple[int, int, int, int]:
    """The labels that what names it carries."""
    return new.labels.topics, new.labels.level, new.labels.doubt, new.labelled


def _lent_by(row: Row) -> tuple[int, int, int, int]:
    """The same of the version that stands."""
    return row.topics, row.level, row.doubt, row.labelled


def _apart(resources: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The resources in parts, so that nothing is judged before what it leans on is stored."""
    part: list[dict[str, Any]] = []
    held: set[str] = set()
    for resource in resources:
        if held.intersection(leans_on(resource)):
            yield part
            part, held = [], set()
        part.append(resource)
        held.add(f"{resource['resourceType']}/{resource['id']}")
    if part:
        yield part
