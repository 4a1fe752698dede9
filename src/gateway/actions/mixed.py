"""Which parts of a resource one requester may see: each decided as if it were the only one.

A resource of a type that has parts is never released by the labels of its whole. What is asked is
whether a resource that held only the core and this part would be released; a part that is a
resource itself must not be denied for what it is either. The whole is seen where the core, or any
part with it, may be seen. What their own organisation put there they see whatever its labels, as
long as they see the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from consent.facts import Facts
from consent.labelling import Labels, depends_on, label
from consent.parts import Json, Place, alone, goes_along, holder, part_at, places_of
from consent.reading_facts import facts_of
from gateway.actions.former import Former
from gateway.actions.installation import Installation
from gateway.actions.known import names_of
from gateway.actions.releasing import stored_labels, whole
from gateway.actions.services import services_say
from gateway.storage import searching, versions
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.parts_written import written_by
from gateway.storage.resources import Row
from gateway.storage.versions import Version


class Mixed:
    """One requester's look at parts, in one snapshot."""

    def __init__(
        self, installation: Installation, connection: Connection, organization: str, former: Former
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._organization = organization
        self._former = former
        self._known: dict[tuple[int, int], frozenset[Place] | None] = {}

    def candidates(
        self,
        type_: str,
        linked: Sequence[Identity],
        ids: tuple[str, ...] | None = None,
        *,
        deleted: bool = False,
    ) -> list[Row]:
        """What others wrote of a type about these people; of what was deleted, its last version."""
        about = versions.about(
            self._connection, type_, tuple(one.id for one in linked), self._organization, ids
        )
        return [
            each.row if not each.deleted else self._before(each)
            for each in about
            if deleted or not each.deleted
        ]

    def _before(self, deletion: Version) -> Row:
        """What stood before it was deleted."""
        stood = versions.former(self._connection, deletion.row.rid)
        return next(each.row for each in stood if not each.deleted)

    def hidden(self, row: Row) -> frozenset[Place] | None:
        """The parts of a version that the requester may not see; None where it may see nothing."""
        key = (row.rid, row.version)
        if key not in self._known:
            self._known[key] = self._hidden(row)
        return self._known[key]

    def _hidden(self, row: Row) -> frozenset[Place] | None:
        resource = whole(row, self._installation.resources.opened(row))
        places = places_of(resource)
        core = self._labels(row, resource, None)
        shown, along = set[Place](), set[Place]()
        opens = self._passes(row, resource, None, core)
        for place in places:
            labels = self._labels(row, resource, place)
            if goes_along(place) and (labels, labels.said) == (core, core.said):
                along.add(place)
            elif _is_held(place, shown) and self._passes(row, resource, place, labels):
                shown.add(place)
        if not opens and not shown:
            return None
        own = written_by(self._connection, row.rid, row.version, self._organization)
        for place in places:  # what holds a part comes before it
            if place in own and _is_held(place, shown):
                shown.add(place)
        return frozenset(places) - shown - along

    def _passes(self, row: Row, resource: Json, place: Place | None, labels: Labels) -> bool:
        """Whether the core with this part alone may be seen."""
        sources = names_of(self._connection, row.author)
        facts = facts_of(alone(resource, place), labels, sources)
        if not self._former.allows(row, lambda: facts):
            return False
        inner = None if place is None else _resource_at(resource, place)
        if inner is None:
            return True
        return not self._former.denies(row, self._of_resource(row, inner, facts, sources))

    def _of_resource(self, row: Row, inner: Json, facts: Facts, sources: frozenset[str]) -> Facts:
        """The facts of a resource within another, which is about the same people."""
        own = facts_of(inner, self._judged(row.author, inner), sources)
        return replace(own, persons=own.persons | facts.persons)

    def _labels(self, row: Row, resource: Json, place: Place | None) -> Labels:
        return self._judged(row.author, alone(resource, place))

    def _judged(self, author: str, resource: Json) -> Labels:
        """The labels that a resource would have that held no more than this."""
        resources = self._installation.resources
        rules = resources.labelling.rules
        named = self._named(depends_on(resource, rules))
        services = services_say(self._connection, resources, resource, author)
        return label(resource, named, rules, services)

    def _named(self, references: Iterable[str]) -> Mapping[str, Labels]:
        """The labels that what is named lends, as they stand."""
        found: dict[str, Labels] = {}
        for reference in references:
            type_, _, id_ = reference.partition("/")
            row = searching.current(self._connection, type_, id_)
            if row is not None:
                found[reference] = stored_labels(row, self._installation.resources.labelling)
        return found


def _is_held(place: Place, shown: set[Place]) -> bool:
    above = holder(place)
    return above is None or above in shown


def _resource_at(resource: Json, place: Place) -> Json | None:
    """The resource that a part is, or that it holds."""
    inner: Json | None = None
    match place:
        case ("contained", _):
            inner = part_at(resource, place)
        case ("entry", _) if resource["resourceType"] == "Bundle":
            inner = part_at(resource, place).get("resource")
    return inner
