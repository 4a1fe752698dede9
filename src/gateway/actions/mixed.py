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

from consent.labelling import Labels, depends_on, label
from consent.parts import (
    Json,
    Place,
    alone,
    authors_alone,
    goes_along,
    has_parts,
    holder,
    keeping,
    part_at,
    places_of,
    wordless,
)
from consent.reading_facts import facts_of
from gateway.actions.former import Former
from gateway.actions.installation import Installation
from gateway.actions.known import names_of
from gateway.actions.releasing import stored_labels, told_labels, whole
from gateway.actions.services import services_say
from gateway.storage import searching, versions
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.parts_written import written_by
from gateway.storage.resources import Row
from gateway.storage.versions import Version

DEEP = 3  # resources in parts that one may lead to through others, each lending its labels
DOUBT = Labels(pending=True)  # what is further away lends, which no permit releases
MOST = 200  # parts of one resource that are decided one by one: beyond, it is whole or not at all


class Mixed:
    """One requester's look at parts, in one snapshot."""

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        organization: str,
        former: Former,
        *,
        whole: bool = False,
    ) -> None:
        """`whole`: what is seen at all is seen with every part (a disclosure names the whole)."""
        self._whole = whole
        self._installation = installation
        self._connection = connection
        self._organization = organization
        self._former = former
        self._known: dict[tuple[int, int, int], frozenset[Place] | None] = {}
        self._lends: dict[tuple[int, int], Labels] = {}  # each by how much further it may lead

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
        return next(versions.former(self._connection, deletion.row.rid)).row

    def hidden(self, row: Row) -> frozenset[Place] | None:
        """The parts of a version that the requester may not see; None where it may see nothing."""
        return frozenset() if self._whole else self._hidden_at(row, DEEP)

    def _hidden_at(self, row: Row, deep: int) -> frozenset[Place] | None:
        """INVARIANT: it depends on the row and on `deep`, and not on what has been asked before."""
        key = (row.rid, row.version, deep)
        if key not in self._known:
            self._known[key] = self._hidden(row, deep)
        return self._known[key]

    def _hidden(self, row: Row, deep: int) -> frozenset[Place] | None:
        resource = self._shareable(row)
        places = places_of(resource)
        if len(places) > MOST:
            labels = self._judged(row.author, resource, deep)
            denied = (self._is_denied(row, resource, place, resource, deep) for place in places)
            opens = self._passes(row, resource, labels) and not any(denied)
            return frozenset() if opens else None
        core = keeping(resource, ())
        labels_of_core = self._judged(row.author, core, deep)
        shown, along = set[Place](), set[Place]()
        opens = self._passes(row, core, labels_of_core)
        for place in places:
            only = alone(resource, core, place)
            labels = self._judged(row.author, only, deep)
            if self._is_denied(row, resource, place, only, deep):
                continue
            if goes_along(place) and _alike(labels, labels_of_core):
                along.add(place)
            elif _is_held(place, shown) and self._passes(row, only, labels):
                shown.add(place)
        if not opens and not shown:
            return None
        own = written_by(self._connection, row.rid, row.version, self._organization)
        return frozenset(places) - shown - along - own

    def _passes(self, row: Row, only: Json, labels: Labels) -> bool:
        """Whether a version that held no more than this would be released."""
        facts = facts_of(only, labels, names_of(self._connection, row.author))
        return self._former.allows(row, lambda: facts)

    def _is_denied(self, row: Row, resource: Json, place: Place, only: Json, deep: int) -> bool:
        """Whether a part that is a resource itself, about the same people, is denied for that."""
        inner = _resource_at(resource, place)
        if inner is None:
            return False
        labels = self._judged(row.author, inner, deep)
        facts = facts_of(inner, labels, names_of(self._connection, row.author))
        held_in = facts_of(only, labels)  # about whom it is, and who are the whole's recipients
        persons = facts.persons | held_in.persons
        within = replace(facts, persons=persons, recipients=held_in.recipients)
        return self._former.denies(row, within)

    def _judged(self, author: str, resource: Json, deep: int) -> Labels:
        """The labels that a resource would have that held no more than this."""
        resources = self._installation.resources
        rules = resources.labelling.rules
        named = self._named(depends_on(resource, rules), deep)
        services = services_say(self._connection, resources, resource, author)
        return label(resource, named, rules, services)

    def _named(self, references: Iterable[str], deep: int) -> Mapping[str, Labels]:
        """The labels that what is named lends, as they stand."""
        found: dict[str, Labels] = {}
        for reference in references:
            type_, _, id_ = reference.partition("/")
            row = searching.current(self._connection, type_, id_)
            if row is not None:
                self._former.rests_on(row)
                key = (row.rid, deep)
                if key not in self._lends:
                    self._lends[key] = self._lent(row, deep)
                found[reference] = self._lends[key]
        return found

    def _lent(self, row: Row, deep: int) -> Labels:
        """The labels that a row lends to what names it: of another's row in parts, those of the
        parts that the requester may see. INVARIANT: what is hidden in one resource hides nothing
        of another, which would tell of it."""
        labelling = self._installation.resources.labelling
        if row.author == self._organization:
            return told_labels(row, labelling)
        if not has_parts(row.type):
            return stored_labels(row, labelling)
        if deep == 0:
            return DOUBT
        hidden = self._hidden_at(row, deep - 1)
        if hidden is None:
            return stored_labels(row, labelling)
        resource = self._shareable(row)
        shown = keeping(resource, set(places_of(resource)) - hidden)
        return self._judged(row.author, shown, deep - 1)

    def _shareable(self, row: Row) -> Json:
        """A version without what nobody but its author reads."""
        everything = whole(row, self._installation.resources.opened(row))
        unshared = authors_alone(row.type)
        return wordless({n: value for n, value in everything.items() if n not in unshared})


def _alike(one: Labels, other: Labels) -> bool:
    return (one, one.said) == (other, other.said)


def _is_held(place: Place, shown: set[Place]) -> bool:
    above = holder(place)
    return above is None or above in shown


def _resource_at(resource: Json, place: Place) -> Json | None:
    """The resource that a part is, or that it holds."""
    inner: Json | None = None
    match place:
        case ("contained", _):
            inner = part_at(resource, place)
        case ("entry", _):
            inner = part_at(resource, place).get("resource")
    return inner
