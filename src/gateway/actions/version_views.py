"""How one requester sees a version that another organisation wrote, whichever version it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from consent.labelling import Labels
from consent.parts import has_parts
from consent.said import Said
from gateway.actions.installation import Installation
from gateway.actions.mixed import DEEP, Mixed
from gateway.actions.named_rows import NamedRows, named_in
from gateway.actions.releasing import View, seen_labels, whole
from gateway.actions.services import services_say
from gateway.actions.viewing import Shows, views
from gateway.fhir.parting import parted
from gateway.storage.connection import Connection
from gateway.storage.resources import Row


class VersionViews:
    """In one snapshot. A view here says nothing yet of words, nor of whose Patient is meant."""

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        organization: str,
        mixed: Mixed,
        named: NamedRows,
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._organization = organization
        self._mixed = mixed
        self._named = named
        self._deep = DEEP  # resources in parts that the one looked at may still lead through
        self._lends: dict[tuple[int, int, int], Labels] = {}

    def of(self, row: Row) -> View | None:
        """The view of another organisation's version; None where nothing of it is seen."""
        resources = self._installation.resources
        seen = whole(row, resources.opened(row))
        gone, services = None, tuple[Said, ...]()
        if has_parts(row.type):
            gone = self._mixed.hidden(row)
            left = None if gone is None else parted(seen, gone, frozenset())
            if left is None:
                return None
            seen = left
            services = services_say(self._connection, resources, seen, row.author)
        return replace(self._naming(row, seen), gone=gone, services=services)

    def _naming(self, row: Row, seen: dict[str, Any]) -> View:
        """What is hidden of what the rest of it names."""
        shows = Shows(self._named.names_once, self._named.shown_once, self.labels_in_parts)
        resources, me = self._installation.resources, self._organization
        named = {row.rid: named_in(seen)}
        return views(self._connection, resources, [row], shows, me, named=named)[row.rid]

    def labels_in_parts(self, row: Row) -> Labels | None:
        """The labels of what is seen of another's row that is released in parts; None for any
        other row. What is further away than others may lead lends nothing."""
        if row.author == self._organization or not has_parts(row.type):
            return None
        key = (row.rid, row.version, self._deep)
        if key not in self._lends:
            self._lends[key] = self._lent(row) if self._deep else Labels()
        return self._lends[key]

    def _lent(self, row: Row) -> Labels:
        self._deep -= 1
        try:
            view = self.of(row)
        finally:
            self._deep += 1
        return Labels() if view is None else self.labels(row, view)

    def labels(self, row: Row, view: View) -> Labels:
        """The labels that a view shows."""
        resources = self._installation.resources
        return seen_labels(resources.labelling, row, resources.opened(row), view)
