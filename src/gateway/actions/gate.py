"""The gate: the only place that asks for a decision. Every read and every write passes it.

It turns a requester and the consents of everyone concerned, as one snapshot has them, into an SQL
expression that is true of exactly the rows the requester may have.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from consent.parts import has_parts
from consent.said import written
from gateway.actions import past
from gateway.actions.footing import Footing
from gateway.actions.former import Former
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.mixed import Mixed
from gateway.actions.named_rows import NamedRows
from gateway.actions.needing import Needing
from gateway.actions.releasing import PLAIN, Released, View, released
from gateway.actions.sighting import Sight, Sighting
from gateway.actions.version_views import VersionViews
from gateway.actions.viewing import Shows, views
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Requester, Role
from gateway.fhir.types import DIRECTORY
from gateway.storage import concerned, searching
from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import (
    ALWAYS,
    NEVER,
    Sql,
    sql_and,
    sql_not,
    sql_or,
)
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria


class TooLongError(Exception):
    """A look has had all the time that its request may take."""


class Gate:
    """One requester in one snapshot."""

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        requester: Requester,
        now: datetime,
        *,
        committed: bool = False,
        until: float = math.inf,
        under: str | None = None,
    ) -> None:
        """`committed`: the snapshot holds nothing that may yet be rolled back. `until`: when the
        one who asks will have given up, by time.monotonic. `under`: the disclosure without consent
        that is fetched, and nothing else is."""
        self.installation = installation
        self.connection = connection
        self.requester = requester
        self.now = now
        self._until = until
        self._organization = organization_id(requester)
        self._sighting = Sighting(
            installation, connection, requester, now, committed=committed, under=under
        )
        self.former = Former(installation, connection, requester, now, self._sighting)
        self._under = under
        self._plain: dict[tuple[bool, bool], View] = {}  # the views of most rows

    @cached_property
    def mixed(self) -> Mixed:
        """Which parts of what others wrote the requester may see."""
        here, me, whole = self.installation, self._organization, self._under is not None
        return Mixed(here, self.connection, me, self.former, whole=whole)

    @cached_property
    def _named(self) -> NamedRows:
        return NamedRows(self.connection, lambda asked: self.releasable(asked, self.sight(asked)))

    @cached_property
    def _needing(self) -> Needing:
        here, others = self.installation.resources, sql_not(self._sighting.is_author())
        visible, gone = lambda asked: self.sight(asked).visible, self.mixed.hidden
        return Needing(self.connection, here, visible, others, gone)

    @cached_property
    def _views(self) -> VersionViews:
        here, me = self.installation, self._organization
        return VersionViews(here, self.connection, me, self.mixed, self._named)

    def permitting(self, action: str) -> Mixed:
        """The parts of what others wrote for which the requester has a permit of another kind."""
        asker, now = self.requester, self.now
        former = Former(
            self.installation, self.connection, asker, now, self._sighting, action=action
        )
        return Mixed(self.installation, self.connection, self._organization, former)

    def in_time(self) -> None:
        """Raises TooLongError once nobody waits for the answer any more."""
        if time.monotonic() > self._until:
            raise TooLongError

    def footing(self) -> Footing | None:
        """What all that was seen until now stands on; None where that cannot be told."""
        return self._sighting.footing()

    def sight(self, criteria: Criteria) -> Sight:
        """What may be seen of the rows that are asked for."""
        if criteria.type in DIRECTORY:
            return Sight(ALWAYS)
        linked = self._linked(criteria)
        sight = self._sighting.of(criteria.type, linked)
        if not has_parts(criteria.type):
            return sight
        return self._in_parts(sight, self.mixed.candidates(criteria.type, linked, criteria.ids))

    def _linked(self, criteria: Criteria) -> list[Identity]:
        """Every identity of every person whom the rows asked for concern, visible or not."""
        if criteria.identities is not None:
            return concerned.of_identities(self.connection, criteria.identities)
        if criteria.ids is not None:
            return concerned.of_resources(self.connection, criteria.type, criteria.ids)
        if self.requester.in_emergency:
            return self._sighting.served()
        known = ALWAYS
        if self.requester.role is Role.SERVICE:
            known = sql_and(sql_not(self._sighting.is_author()), self._sighting.knows_everyone())
        found = searching.identities_concerned(self.connection, criteria, known)
        return concerned.of_identities(self.connection, tuple(sorted(found)))

    def sight_of(self, type_: str, about: Iterable[int]) -> Sight:
        """What may be seen of rows that concern these identities, deleted ones too."""
        if type_ in DIRECTORY:
            return Sight(ALWAYS)
        linked = concerned.of_identities(self.connection, sorted(about))
        sight = self._sighting.of(type_, linked)
        if not has_parts(type_):
            return sight
        candidates = self.mixed.candidates(type_, linked, deleted=True)
        return self._in_parts(sight, candidates)

    def _in_parts(self, sight: Sight, candidates: Iterable[Row]) -> Sight:
        """What may be seen of resources that are released in parts: one's own, and those others of
        which some part may be seen."""
        if self.requester.role is Role.OFFICER or self._under is not None:
            return sight
        opened = [row.rid for row in candidates if self._opens(row)]
        own = sql_and(sight.visible, self._sighting.is_author())
        listed = among(tuple(opened))
        seen = Sql(f"r.rid IN {listed.text}", listed.values) if opened else NEVER
        return replace(sight, visible=sql_or(own, seen))

    def _opens(self, row: Row) -> bool:
        """Whether some part of it may be seen."""
        self.in_time()
        return self.mixed.hidden(row) is not None

    def released_version(self, row: Row, sight: Sight) -> Released | None:
        """A version as this requester may have it; it has passed `sight` or `former`."""
        view = self.view_of(row, sight)
        if view is None:
            return None
        return released(self.installation.keys, self.installation.resources, row, view)

    def view_of(self, row: Row, sight: Sight) -> View | None:
        """How the requester sees a version, whichever it is; None where it sees nothing of it."""
        view = View() if row.author == self._organization else self._views.of(row)
        words, own = self._reads_words(row), self._is_own(row)
        return view and replace(view, patients=sight.patients, words=words, own=own)

    def row(self, type_: str, id_: str) -> Row | None:
        """The current version of one resource, where the requester may see it."""
        asked = Criteria(type_, ids=(id_,))
        visible = self.releasable(asked, self.sight(asked))
        return searching.current(self.connection, type_, id_, visible)

    def row_as_seen(self, type_: str, id_: str) -> Row | None:
        """The same, with the labels that the requester sees: nothing that they write says more."""
        asked = Criteria(type_, ids=(id_,))
        sight = self.sight(asked)
        visible = self.releasable(asked, sight)
        row = searching.current(self.connection, type_, id_, visible)
        if row is None or self._is_own(row):
            return row
        resources = self.installation.resources
        view = self.view_of(row, sight)
        if view is None:
            return None
        seen = self._views.labels(row, view)
        return row._replace(
            topics=seen.topics,
            level=seen.level,
            doubt=seen.doubt,
            labelled=resources.labelling.number,
            said=written(seen.said),
        )

    def released(self, rows: Sequence[Row], sight: Sight) -> list[Released]:
        """The rows as this requester may have them; the rows have passed `sight.visible`."""
        return [seen for seen in self._released(rows, sight) if seen is not None]

    def releasable(self, criteria: Criteria, sight: Sight) -> Sql:
        """What may be seen, without rows that need what they refer to and may not show it."""
        if criteria.type in DIRECTORY:
            return sight.visible
        fallen = self._needing.fallen(criteria, sight.visible)
        if not fallen:
            return sight.visible
        listed = among(fallen)
        return sql_and(sight.visible, Sql(f"r.rid NOT IN {listed.text}", listed.values))

    def _released(self, rows: Sequence[Row], sight: Sight) -> list[Released | None]:
        keys, resources = self.installation.keys, self.installation.resources
        if rows and has_parts(rows[0].type):  # rows of one type
            in_parts = [self.released_version(row, sight) for row in rows]
            return [self._unmoved(row, sight, one) for row, one in zip(rows, in_parts, strict=True)]
        others = [row for row in rows if row.author != self._organization]
        patients = sight.patients
        shows = Shows(self._named.names, self._named.shown, self._views.labels_in_parts)
        seen_as = views(self.connection, resources, others, shows, self._organization)
        seen = [
            released(
                keys,
                resources,
                row,
                self._view(row, patients, seen_as.get(row.rid, PLAIN)),
            )
            for row in rows
        ]
        return [self._unmoved(row, sight, one) for row, one in zip(rows, seen, strict=True)]

    def _unmoved(self, row: Row, sight: Sight, seen: Released | None) -> Released | None:
        """As the version at which this view last moved: the author's moves with each."""
        if seen is None or row.version == 1 or row.author == self._organization:
            return seen
        return past.unmoved_since(self, sight, row, seen)

    def _view(self, row: Row, patients: tuple[tuple[bytes, bytes], ...], seen_as: View) -> View:
        words = self._reads_words(row)
        if seen_as is not PLAIN:
            return View(patients, seen_as.hidden, words, seen_as.named)
        own = self._is_own(row)
        plain = self._plain.get((words, own))
        if plain is None or plain.patients is not patients:
            plain = self._plain[words, own] = View(patients, words=words, own=own)
        return plain

    def _reads_words(self, row: Row) -> bool:
        """Words may name what is kept from a delegate: the person alone reads those of others."""
        is_the_person = self.requester.role is Role.PORTAL and not is_delegate(self.requester)
        return self._is_own(row) or is_the_person

    def _is_own(self, row: Row) -> bool:
        """Whether nothing of it can be withheld: they wrote it, or everybody reads it."""
        return row.author == self._organization or row.type in DIRECTORY
