"""What a requester may see of the rows that concern some persons: one SQL expression.

The persons' consents, as one snapshot has them, are weighed here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consent.predicate import negated
from consent.request import Source
from gateway.actions.delegated import Delegated
from gateway.actions.directory import has_agreement
from gateway.actions.footing import Footing, Ground, span
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.kept_weighings import Weighing
from gateway.actions.weighing import (
    changing,
    compiled_for,
    consents_of,
    directory_stamp,
    pulled_by,
)
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Requester, Role
from gateway.storage import identities, searching
from gateway.storage.clearings import cleared_for
from gateway.storage.connection import Connection
from gateway.storage.disclosures import released_under
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import (
    NEVER,
    Sql,
    placeholders,
    sql_and,
    sql_not,
    sql_or,
)
from gateway.storage.tellings import NOTICE
from gateway.storage.times import microseconds

AUTHORS_ONLY = ("Patient", "Consent", "Provenance")  # never another organisation's
NO_NOTICE = Sql("r.author_role <> ?", (NOTICE,))  # what a service is told is for nobody else
ALONE = Sql("r.several = 0")  # what concerns one person
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


class Sighting:
    """One requester in one snapshot. `committed`: it holds nothing that may yet be rolled back."""

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        requester: Requester,
        now: datetime,
        *,
        committed: bool,
        under: str | None = None,
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._requester = requester
        self._now = now
        self._committed = committed
        self._under = under
        self._organization = organization_id(requester)
        self._ground = Ground()
        self._looks: Delegated | None = None

    def reaches(self, identities: Iterable[Identity]) -> None:
        """What is decided from now on depends on them."""
        self._ground.reaches(identities)

    def rests_on(self, linked: Sequence[Identity], consents: Sequence[Source]) -> None:
        """What is decided from now on depends on these persons and on these consents of theirs."""
        self._ground.reaches(linked)
        moments = changing(self._connection, consents, self._requester, self._now)
        self._ground.lasts(span(moments, self._now))

    def footing(self) -> Footing | None:
        """What all that was seen until now stands on; None where that cannot be told."""
        return self._ground.footing(self._connection) if self._committed else None

    def of(self, type_: str, linked: list[Identity]) -> Sight:
        """What may be seen of rows of a type that concern these persons (all their identities)."""
        if self._requester.in_emergency:
            linked = self._served_of(linked)
        self._ground.reaches(linked)
        persons = frozenset(identity.person for identity in linked)
        patients = _replacements(self._named_anew(linked), self._organization)
        match self._requester.role:
            case Role.OFFICER:
                return Sight(NEVER, (), persons)
            case Role.PORTAL if is_delegate(self._requester):
                return self._delegates_sight(type_, persons, linked, patients)
            case Role.PORTAL:
                return Sight(self._own_record(type_, linked), (), persons, patients)
            case Role.SERVICE if self._under is not None:
                return Sight(self._disclosed(self._under), (), persons, patients)
            case Role.SERVICE if self._requester.in_emergency:
                sight = self._service_sight(type_, persons, linked, patients)
                return replace(sight, visible=sql_and(_alone(linked), sight.visible))
            case Role.SERVICE:
                return self._service_sight(type_, persons, linked, patients)

    def _named_anew(self, linked: list[Identity]) -> list[Identity]:
        """Those whose Patients are called by the requester's own. INVARIANT: to a person nobody
        else is: whether others are registered with their portal shows in nothing."""
        if self._requester.role is not Role.PORTAL:
            return linked
        mine = self._own_identity(linked)
        return [one for one in linked if mine is not None and one.person == mine.person]

    def served(self) -> list[Identity]:
        """Every identity of the one person whom emergency access serves."""
        patient = (self._requester.patient or "").removeprefix("Patient/")
        return identities.known_by(self._connection, self._organization, [patient])

    def _served_of(self, linked: list[Identity]) -> list[Identity]:
        persons = {one.person for one in self.served()}
        return [one for one in linked if one.person in persons]

    def _disclosed(self, under: str) -> Sql:
        """What two people released without consent, for this organisation: not what the ceiling
        keeps, and no one whom it does not know. No consent is asked."""
        if not self.has_agreement():
            return NEVER
        installation, now = self._installation, self._now
        nobody = compiled_for(installation, self._connection, [], pulled_by(self._requester), now)
        return sql_and(
            released_under(under, self._organization, microseconds(now)),
            ALONE,
            installation.resources.sql(negated(nobody.ceiling)),
            self.knows_everyone(),
        )

    def is_author(self) -> Sql:
        return Sql("r.author = ?", (self._organization,))

    def _own_record(self, type_: str, linked: list[Identity]) -> Sql:
        """The person's own record, within the ceiling; no other person's part in it; and of what
        is kept so, what a clinician has cleared for them."""
        mine = self._own_identity(linked)
        if mine is None:
            return NEVER
        ids = tuple(i.id for i in linked if i.person == mine.person)
        concerns_me = Sql(
            "EXISTS (SELECT 1 FROM concern me WHERE me.rid = r.rid"
            f" AND me.identity IN ({placeholders(len(ids))}))",
            ids,
        )
        if type_ == "Patient":
            return sql_and(concerns_me, self.is_author())
        open_to_me = Sql("(r.several = 0 AND r.ceiling = 0)")
        return sql_and(concerns_me, sql_or(open_to_me, cleared_for(mine.person)))

    def _own_identity(self, linked: list[Identity]) -> Identity | None:
        """The Patient whom a portal's token serves, where that is the portal's own."""
        mine = next((i for i in linked if f"Patient/{i.patient}" == self._requester.patient), None)
        return None if mine is None or mine.organization != self._organization else mine

    def _delegates_sight(
        self,
        type_: str,
        persons: frozenset[bytes],
        linked: list[Identity],
        patients: tuple[tuple[bytes, bytes], ...],
    ) -> Sight:
        """The person's own record, so far as a delegate may see it. What delegates may is recorded
        with times of its own, so what rests on it is not kept."""
        self._ground.lasts(span([self._now], self._now))
        looks = self.delegated()
        visible = sql_and(self._own_record(type_, linked), looks.part(type_), NO_NOTICE)
        return Sight(visible, looks.consents(), persons, patients)

    def delegated(self) -> Delegated:
        """The look of a delegate at the person whom the token serves."""
        if self._looks is None:
            installation, asker = self._installation, self._requester
            self._looks = Delegated(installation, self._connection, asker, self._now)
        return self._looks

    def knows(self, own: Sequence[Identity]) -> bool:
        """Whether the organisation has a Patient of its own for this person, or a preview is made
        as if it had."""
        supposing = self._installation.supposing
        is_supposed = supposing is not None and supposing.is_about(own)
        return is_supposed or any(one.organization == self._organization for one in own)

    def _service_sight(
        self,
        type_: str,
        persons: frozenset[bytes],
        linked: list[Identity],
        patients: tuple[tuple[bytes, bytes], ...],
    ) -> Sight:
        if type_ in AUTHORS_ONLY:
            return Sight(self.is_author(), (), persons, patients)
        known = [own for own in _by_person(linked) if self.knows(own)]
        if self._committed and len(known) <= FEW:
            kept = self._installation.kept_weighings
            asked, stamps = self._asked(known), self._stamps(known)
            weighed = kept.of(asked, stamps, self._now, lambda: self._weighed(type_, known))
        else:
            weighed = self._weighed(type_, known)
        self._ground.lasts(weighed.span)
        return Sight(weighed.visible, weighed.consents, persons, patients)

    def _asked(self, known: list[list[Identity]]) -> tuple[object, ...]:
        """Who asks, and about whom."""
        asker = self._requester
        return (
            asker.organization,
            asker.practitioner,
            asker.practitioner_role,
            asker.purpose,
            *(tuple(one.id for one in own) for own in known),
        )

    def _stamps(self, known: list[list[Identity]]) -> tuple[int, ...]:
        """What goes up with all that the visible rows of these persons depend on, but for time."""
        return directory_stamp(self._connection), *(one.stamp for own in known for one in own)

    def _weighed(self, type_: str, known: list[list[Identity]]) -> Weighing:
        """What the requester may see of these persons' rows, and when that may change."""
        passing: list[tuple[list[Identity], Sql]] = []
        consents: list[str] = []
        changes: set[datetime] = set()
        for own in known:
            sources = consents_of(self._installation, self._connection, own)
            passing.append((own, self._passes(sources)))
            consents += (f"{each.reference}/_history/{each.version}" for each in sources)
            changes |= changing(self._connection, sources, self._requester, self._now)
        visible = self.is_author()
        if known and self.has_agreement():
            for_each = self._for_few if len(known) <= FEW else self._for_many
            visible = sql_or(visible, for_each(type_, passing))
        return Weighing(visible, tuple(consents), span(changes, self._now))

    def _for_few(self, _: str, passing: list[tuple[list[Identity], Sql]]) -> Sql:
        """No person whom a row concerns fails: one condition a person, in the query itself, where
        it stands once. Most rows concern one alone, whose identity holds the content."""
        several = Sql("r.several = 1")
        held = [_is_held_by(own) for own, _ in passing]
        reached = sql_or(sql_and(ALONE, sql_or(*held)), sql_and(several, self.knows_everyone()))
        passed = (
            sql_or(
                sql_and(ALONE, sql_not(is_theirs)),
                sql_and(several, sql_not(_concerns(own))),
                passes,
            )
            for is_theirs, (own, passes) in zip(held, passing, strict=True)
        )
        return sql_and(reached, *passed)

    def _for_many(self, type_: str, passing: list[tuple[list[Identity], Sql]]) -> Sql:
        """The same, asked of each person's own rows: every condition of every row is too much."""
        failing: list[int] = []
        for own, passes in passing:
            ids = tuple(identity.id for identity in own)
            failing += searching.failing(self._connection, type_, ids, passes)
        listed = "(SELECT CAST(value AS INTEGER) FROM json_each(?))"
        passed = Sql(f"r.rid NOT IN {listed}", (json.dumps(failing),))
        return sql_and(self.knows_everyone(), passed)

    def has_agreement(self) -> bool:
        """Without a current sharing agreement an organisation is no recipient."""
        now = microseconds(self._now)
        return has_agreement(self._connection, self._requester.organization, now)

    def knows_everyone(self) -> Sql:
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
            self._installation, self._connection, consents, pulled_by(self._requester), self._now
        )
        delivered = Sql(
            "EXISTS (SELECT 1 FROM delivery d WHERE d.organization = ? AND d.rid = r.rid)",
            (self._organization,),
        )
        sql = self._installation.resources.sql
        return sql_and(
            NO_NOTICE,
            sql(negated(predicate.ceiling)),
            sql(negated(predicate.denial)),
            sql_or(
                sql(predicate.permit),
                delivered,
                sql(predicate.base),
            ),
        )


def _by_person(linked: Sequence[Identity]) -> list[list[Identity]]:
    """The identities of each person, always in the same order."""
    people: dict[bytes, list[Identity]] = {}
    for identity in sorted(linked, key=lambda one: one.person):
        people.setdefault(identity.person, []).append(identity)
    return list(people.values())


def _is_held_by(linked: Sequence[Identity]) -> Sql:
    ids = tuple(identity.id for identity in linked)
    return Sql(f"r.identity IN ({placeholders(len(ids))})", ids)


def _alone(linked: Sequence[Identity]) -> Sql:
    """Rows about this person and nobody else, whoever wrote them; no rows without a person."""
    return sql_and(ALONE, _is_held_by(linked)) if linked else NEVER


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
