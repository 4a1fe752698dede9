"""The gate: the only place that asks for a decision. Every read and every write passes it.

It turns a requester and the consents of everyone concerned, as one snapshot has them, into an SQL
expression that is true of exactly the rows the requester may have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from consent import elements
from consent.facts import Facts
from consent.predicate import Predicate, holds, negated, some
from consent.request import Source
from gateway.actions import past
from gateway.actions.directory import has_agreement
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.kept_weighings import Weighing, weighing
from gateway.actions.releasing import PLAIN, Released, View, released, whole
from gateway.actions.viewing import Shows, views
from gateway.actions.weighing import (
    NamedConsent,
    changing,
    compiled_for,
    consents_of,
    directory_stamp,
    named_consents,
    pulled_by,
)
from gateway.auth.requester import Requester, Role
from gateway.fhir.types import DIRECTORY, PERHAPS_PERSONAL
from gateway.storage import concerned, identities, searching
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import (
    ALWAYS,
    NEVER,
    Sql,
    compiled,
    placeholders,
    sql_and,
    sql_not,
    sql_or,
)
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria, Page
from gateway.storage.times import microseconds

AUTHORS_ONLY = ("Patient", "Consent", "Provenance")  # never another organisation's
FEW = 8  # persons whose conditions stand in one query


@dataclass(frozen=True, slots=True)
class Sight:
    """What a requester may see of the rows in question, and what it rests on.

    `consents` are the exact versions read ("Consent/<id>/_history/<n>"); `patients` which Patient
    id stands in place of which in what is released.
    """

    visible: Sql
    consents: tuple[str, ...] = ()
    persons: frozenset[bytes] = frozenset()
    patients: tuple[tuple[bytes, bytes], ...] = ()


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
    ) -> None:
        """`committed`: the snapshot holds nothing that may yet be rolled back."""
        self.installation = installation
        self.connection = connection
        self.requester = requester
        self.now = now
        self._committed = committed
        self._organization = organization_id(requester)
        self._looked_for: dict[str, Row | None] = {}
        self._predicates: dict[bytes, Predicate] = {}
        self._plain: dict[bool, View] = {}  # the views of most rows

    def sight(self, criteria: Criteria) -> Sight:
        """What may be seen of the rows that are asked for."""
        if criteria.type in DIRECTORY:
            return Sight(ALWAYS)
        return self._sight(criteria.type, self._linked(criteria))

    def _linked(self, criteria: Criteria) -> list[Identity]:
        """Every identity of every person whom the rows asked for concern, visible or not."""
        if criteria.identities is not None:
            return concerned.of_identities(self.connection, criteria.identities)
        if criteria.ids is not None:
            return concerned.of_resources(self.connection, criteria.type, criteria.ids)
        among = ALWAYS
        if self.requester.role is Role.SERVICE:
            among = sql_and(sql_not(self._is_author()), self._knows_everyone())
        found = searching.identities_concerned(self.connection, criteria, among)
        return concerned.of_identities(self.connection, tuple(sorted(found)))

    def sight_of(self, type_: str, about: Iterable[int]) -> Sight:
        """What may be seen of rows that concern these identities, deleted ones too."""
        if type_ in DIRECTORY:
            return Sight(ALWAYS)
        return self._sight(type_, concerned.of_identities(self.connection, sorted(about)))

    def candidates(self, type_: str) -> Sql:
        """Rows of a type of which some version may be seen: about people known here, or about
        nobody and written here. What of them, is for `sight_of` to say; no other row is read."""
        of_the_type = Sql("r.type = ?", (type_,))
        match self.requester.role:
            case _ if type_ in DIRECTORY:
                return of_the_type
            case Role.OFFICER:
                return NEVER
            case Role.PORTAL:
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
        if type_ not in PERHAPS_PERSONAL:
            return about_them
        about_nobody = sql_and(of_the_type, Sql("r.identity IS NULL"), self._is_author())
        return sql_or(about_them, about_nobody)

    def allows(self, row: Row, facts: Callable[[], Facts]) -> bool:
        """Whether a former version, for what it was, may be seen under today's consents."""
        if row.type in DIRECTORY:
            return True
        mine = row.author == self._organization
        if self.requester.role is Role.SERVICE and (mine or row.type in AUTHORS_ONLY):
            return mine
        was = facts()
        patients = (one.removeprefix("Patient/") for one in was.persons)
        found = [identities.by_patient(self.connection, patient) for patient in patients]
        persons = {identity.person for identity in found if identity is not None}
        if not persons or None in found:  # nobody, or someone whom nobody here knows
            return False
        match self.requester.role:
            case Role.OFFICER:
                return False
            case Role.PORTAL:
                me = identities.by_patient(self.connection, self._served())
                return me is not None and persons == {me.person} and not was.ceiling
            case Role.SERVICE:
                return self._has_agreement() and self._each_allows(row, persons, was)

    def released_version(self, row: Row, sight: Sight) -> Released | None:
        """A version as this requester may have it; it has passed `sight` or `allows`."""
        keys, resources = self.installation.keys, self.installation.resources
        view = View()
        if row.author != self._organization:
            named = {row.rid: _named_in(whole(row, resources.opened(row)))}
            shows, me = Shows(self._names_once, self._shown_once), self._organization
            view = views(self.connection, resources, [row], shows, me, named=named)[row.rid]
        view = replace(view, patients=sight.patients, words=self._reads_words(row))
        return released(keys, resources, row, view)

    def row(self, type_: str, id_: str) -> Row | None:
        """The current version of one resource, where the requester may see it."""
        criteria = Criteria(type_, ids=(id_,))
        visible = self.sight(criteria).visible
        found = searching.rows(self.connection, criteria, visible, Page(None, 1))
        return found[0] if found else None

    def released(self, rows: Sequence[Row], sight: Sight) -> list[Released]:
        """The rows as this requester may have them; the rows have passed `sight.visible`."""
        return [seen for seen in self._released(rows, sight) if seen is not None]

    def releasable(self, criteria: Criteria, sight: Sight) -> Sql:
        """What may be seen, without rows that need what they refer to and may not show it."""
        needs = Sql("EXISTS (SELECT 1 FROM fact f WHERE f.rid = r.rid AND f.kind = 'needs')")
        doubtful = sql_and(sight.visible, sql_not(self._is_author()), needs)
        rows = searching.rows(self.connection, criteria, doubtful, Page(None, -1))
        seen = self._released(rows, sight)
        withheld = tuple(row.rid for row, one in zip(rows, seen, strict=True) if one is None)
        if not withheld:
            return sight.visible
        return sql_and(
            sight.visible, Sql(f"r.rid NOT IN ({placeholders(len(withheld))})", withheld)
        )

    def _released(self, rows: Sequence[Row], sight: Sight) -> list[Released | None]:
        keys, resources = self.installation.keys, self.installation.resources
        others = [row for row in rows if row.author != self._organization]
        patients = sight.patients
        shows = Shows(self._names, self._shown)
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
        plain = self._plain.get(words)
        if plain is None or plain.patients is not patients:
            plain = self._plain[words] = View(patients, words=words)
        return plain

    def _reads_words(self, row: Row) -> bool:
        mine = row.author == self._organization or row.type in DIRECTORY
        return mine or self.requester.role is Role.PORTAL

    def _sight(self, type_: str, linked: list[Identity]) -> Sight:
        persons = frozenset(identity.person for identity in linked)
        patients = _replacements(linked, self._organization)
        match self.requester.role:
            case Role.OFFICER:
                return Sight(NEVER, (), persons)
            case Role.PORTAL:
                return Sight(self._own_record(type_, linked), (), persons, patients)
            case Role.SERVICE:
                return self._service_sight(type_, persons, linked, patients)

    def _own_record(self, type_: str, linked: list[Identity]) -> Sql:
        """The person's own record, within the ceiling; no other person's part in it."""
        mine = next((i for i in linked if f"Patient/{i.patient}" == self.requester.patient), None)
        if mine is None or mine.organization != self._organization:
            return NEVER
        ids = tuple(i.id for i in linked if i.person == mine.person)
        concerns_me = Sql(
            "EXISTS (SELECT 1 FROM concern me WHERE me.rid = r.rid"
            f" AND me.identity IN ({placeholders(len(ids))}))",
            ids,
        )
        if type_ == "Patient":
            return sql_and(concerns_me, self._is_author())
        return sql_and(concerns_me, Sql("r.several = 0"), Sql("r.ceiling = 0"))

    def _service_sight(
        self,
        type_: str,
        persons: frozenset[bytes],
        linked: list[Identity],
        patients: tuple[tuple[bytes, bytes], ...],
    ) -> Sight:
        if type_ in AUTHORS_ONLY:
            return Sight(self._is_author(), (), persons, patients)
        known = [
            own
            for own in _by_person(linked)
            if any(one.organization == self._organization for one in own)
        ]
        names = named_consents(self.connection, known)
        consents = tuple(name.versioned for each in names for name in each)
        if self._committed and len(known) <= FEW:
            made_from = self._made_from(known, names)
            kept = self.installation.kept_weighings
            visible = kept.of(made_from, self.now, lambda: self._weighed(type_, known))
        else:
            visible = self._weighed(type_, known).visible
        return Sight(visible, consents, persons, patients)

    def _made_from(
        self, known: list[list[Identity]], names: list[list[NamedConsent]]
    ) -> tuple[object, ...]:
        """All that the visible rows of these persons depend on, but for time."""
        asker = self.requester
        return (
            asker.organization,
            asker.practitioner,
            asker.practitioner_role,
            asker.purpose,
            directory_stamp(self.connection),
            *(tuple(one.id for one in own) for own in known),
            *((name.rid, name.version) for each in names for name in each),
        )

    def _weighed(self, type_: str, known: list[list[Identity]]) -> Weighing:
        """What the requester may see of these persons' rows, and when that may change."""
        passing: list[tuple[list[Identity], Sql]] = []
        changes: set[datetime] = set()
        for own in known:
            sources = consents_of(self.installation, self.connection, own)
            passing.append((own, self._passes(sources)))
            changes |= changing(self.connection, sources, self.requester, self.now)
        visible = self._is_author()
        if known and self._has_agreement():
            for_each = self._for_few if len(known) <= FEW else self._for_many
            visible = sql_or(visible, for_each(type_, passing))
        return weighing(visible, changes, self.now)

    def _for_few(self, _: str, passing: list[tuple[list[Identity], Sql]]) -> Sql:
        """No person whom a row concerns fails: one condition a person, in the query itself. Most
        rows concern one alone, whose identity holds the content."""
        alone = (sql_and(_is_held_by(own), passes) for own, passes in passing)
        together = (sql_or(sql_not(_concerns(own)), passes) for own, passes in passing)
        several = sql_and(Sql("r.several = 1"), self._knows_everyone(), *together)
        return sql_or(sql_and(Sql("r.several = 0"), sql_or(*alone)), several)

    def _for_many(self, type_: str, passing: list[tuple[list[Identity], Sql]]) -> Sql:
        """The same, asked of each person's own rows: every condition of every row is too much."""
        failing: list[int] = []
        for own, passes in passing:
            ids = tuple(identity.id for identity in own)
            failing += searching.failing(self.connection, type_, ids, passes)
        listed = "(SELECT CAST(value AS INTEGER) FROM json_each(?))"
        passed = Sql(f"r.rid NOT IN {listed}", (json.dumps(failing),))
        return sql_and(self._knows_everyone(), passed)

    def _has_agreement(self) -> bool:
        """Without a current sharing agreement an organisation is no recipient."""
        now = microseconds(self.now)
        return has_agreement(self.connection, self.requester.organization, now)

    def _knows_everyone(self) -> Sql:
        """The organisation has a Patient of its own for every person whom a row concerns.

        INVARIANT: false for a row that concerns nobody, which is the author's alone.
        """
        return Sql(
            "(r.identity IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM concern k JOIN identity s ON s.id = k.identity"
            " WHERE k.rid = r.rid AND NOT EXISTS (SELECT 1 FROM identity m"
            " WHERE m.person = s.person AND m.organization = ?)))",
            (self._organization,),
        )

    def _passes(self, consents: list[Source]) -> Sql:
        """True of the rows that one person's consents let through."""
        predicate = compiled_for(
            self.installation, self.connection, consents, pulled_by(self.requester), self.now
        )
        delivered = Sql(
            "EXISTS (SELECT 1 FROM delivery d WHERE d.organization = ? AND d.rid = r.rid)",
            (self._organization,),
        )
        digest = self.installation.resources.digest
        return sql_and(
            compiled(negated(predicate.ceiling), digest),
            compiled(negated(predicate.denial), digest),
            sql_or(compiled(predicate.permit, digest), delivered, compiled(predicate.base, digest)),
        )

    def _each_allows(self, row: Row, persons: Iterable[bytes], facts: Facts) -> bool:
        """Each person's own consents, held in memory against what a former version was."""
        delivered = self.connection.execute(
            "SELECT 1 FROM delivery WHERE organization = ? AND rid = ?",
            (self._organization, row.rid),
        ).fetchone()
        for person in persons:
            predicate = self._predicate(person)
            if predicate is None or holds(some(predicate.ceiling, predicate.denial), facts):
                return False
            if delivered is None and not holds(some(predicate.permit, predicate.base), facts):
                return False
        return True

    def _predicate(self, person: bytes) -> Predicate | None:
        """The person's consents against this request; None where they are not known here."""
        if person in self._predicates:
            return self._predicates[person]
        own = identities.of_persons(self.connection, [person])
        if all(one.organization != self._organization for one in own):
            return None
        consents = consents_of(self.installation, self.connection, own)
        self._predicates[person] = compiled_for(
            self.installation, self.connection, consents, pulled_by(self.requester), self.now
        )
        return self._predicates[person]

    def _served(self) -> str:
        """The Patient whom a portal's token serves."""
        return (self.requester.patient or "").removeprefix("Patient/")

    def _is_author(self) -> Sql:
        return Sql("r.author = ?", (self._organization,))

    def _names_once(self, references: set[str]) -> set[str]:
        return set(self._shown_once(references))

    def _names(self, references: set[str]) -> set[str]:
        """Those of the references that the requester may see."""
        seen: set[str] = set()
        for type_, ids in _by_type(references).items():
            criteria = Criteria(type_, ids=ids)
            visible = self.sight(criteria).visible
            found = searching.ids(self.connection, criteria, visible)
            seen |= {f"{type_}/{id_}" for id_ in found}
        return seen

    def _shown_once(self, references: set[str]) -> dict[str, Row]:
        """The same, each looked for once."""
        new = references - self._looked_for.keys()
        found = self._shown(new) if new else {}
        self._looked_for |= {reference: found.get(reference) for reference in new}
        known = ((reference, self._looked_for[reference]) for reference in references)
        return {reference: row for reference, row in known if row is not None}

    def _shown(self, references: set[str]) -> dict[str, Row]:
        """Their rows."""
        shown: dict[str, Row] = {}
        for type_, ids in _by_type(references).items():
            criteria = Criteria(type_, ids=ids)
            visible = self.sight(criteria).visible
            found = searching.rows(self.connection, criteria, visible, Page(None, -1))
            shown |= {row.reference: row for row in found}
        return shown


def _by_type(references: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for reference in sorted(references):
        type_, _, id_ = reference.partition("/")
        found.setdefault(type_, []).append(id_)
    return {type_: tuple(ids) for type_, ids in found.items()}


def _named_in(resource: dict[str, Any]) -> set[str]:
    """What a resource refers to, but for Patients."""
    found = (elements.literal(each.get("reference")) for _, each in elements.references(resource))
    return {one for one in found if one is not None and not one.startswith("Patient/")}


def _by_person(linked: Sequence[Identity]) -> list[list[Identity]]:
    """The identities of each person, always in the same order."""
    people: dict[bytes, list[Identity]] = {}
    for identity in sorted(linked, key=lambda one: one.person):
        people.setdefault(identity.person, []).append(identity)
    return list(people.values())


def _is_held_by(linked: Sequence[Identity]) -> Sql:
    ids = tuple(identity.id for identity in linked)
    return Sql(f"r.identity IN ({placeholders(len(ids))})", ids)


def _concerns(linked: Sequence[Identity]) -> Sql:
    ids = tuple(identity.id for identity in linked)
    return Sql(
        "EXISTS (SELECT 1 FROM concern one WHERE one.rid = r.rid"
        f" AND one.identity IN ({placeholders(len(ids))}))",
        ids,
    )


def _replacements(linked: Sequence[Identity], organization: str) -> tuple[tuple[bytes, bytes], ...]:
    """Each Patient id of the persons, and the requester's own that stands in its place."""
    own = {one.person: one.patient for one in linked if one.organization == organization}
    return tuple(
        (f"Patient/{one.patient}".encode(), f"Patient/{own[one.person]}".encode())
        for one in linked
        if one.person in own and one.organization != organization
    )
