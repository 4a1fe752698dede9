"""$preview: what each service would see of what is held now, if a choice were made; and what would
change against today.

By the gate that reading passes, with the proposed consents in place of the stored. Nothing is
stored, and nothing is told that the person may not see themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from consent.reading import read
from consent.request import Source
from gateway.actions import consenting
from gateway.actions.answer import Answer
from gateway.actions.gate import Gate
from gateway.actions.installation import Installation
from gateway.actions.previewing_asked import Asked, asked
from gateway.actions.previewing_people import Recipient, as_the_person, recipients, whose
from gateway.actions.previewing_told import Held, Seen, told
from gateway.actions.previewing_words import Titled, plain_title
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.actions.sighting import ALONE, NO_NOTICE
from gateway.actions.supposing import Supposing
from gateway.actions.writing import Writing
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Requester, Role
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.types import PERSONAL
from gateway.storage import identities, searching
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import sql_and
from gateway.storage.searching import ALL, Criteria, Page

FOR_WHOM = Problem(Kind.FORBIDDEN, "is for the person and for officers", "$preview")
# What no consent lets another organisation see.
NEVER_SHARED = frozenset({"AuditEvent", "Consent", "Patient", "Provenance"})


class Previewing(Serving):
    """The operation $preview, of Consent."""

    async def preview(
        self, requester: Requester, body: bytes, titled: Titled = plain_title
    ) -> Answer:
        """200 with Parameters; or what is wrong with what is proposed. `titled` says what each
        resource is called."""
        request = self._request(requester, "operation", "Consent/$preview")
        if requester.role is Role.SERVICE or is_delegate(requester):
            return await self._refuse(request, FOR_WHOM)
        if not requester.may("r", "Consent"):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, "Consent"))

        def job(writing: Writing) -> Answer | Refused:
            question = asked(self.installation, body)
            if isinstance(question, Refused):
                return question
            return _previewed(writing, question, titled)

        return await self._read_only(request, job)


def _previewed(writing: Writing, question: Asked, titled: Titled) -> Answer | Refused:
    person = whose(writing, question)
    who = recipients(writing, question)
    problems = _faults(writing, question)
    problems += person if isinstance(person, list) else []
    problems += [one for one in who if isinstance(one, Problem)]
    if problems or isinstance(person, list):
        return Refused(tuple(problems))
    gate = _gate(writing, as_the_person(writing.requester, person))
    criteria = _criteria(writing, person)
    held = _held(writing, gate, criteria, titled)
    supposing = _supposing(question, person, writing)
    looks = _Looks(writing, criteria, frozenset(held), question.purpose, supposing)
    seen = [looks.of(one) for one in who if isinstance(one, Recipient)]
    writing.persons.add(person.person)
    writing.entities += [f"Consent/{id_}" for id_ in question.replaces]
    writing.entities += [one.reference for one in held.values()]
    return Answer(200, encode(told(held.values(), seen, question.purpose)))


def _faults(writing: Writing, question: Asked) -> list[Problem]:
    """What would be said if it were written."""
    check = consenting.faults if writing.requester.role is Role.OFFICER else consenting.hindrances
    return [
        one.at_its_place(problem)
        for one in question.proposed
        for problem in check(writing, one.consent)
    ]


def _supposing(question: Asked, person: Identity, writing: Writing) -> Supposing:
    """What the person would have said, as they would have written it themselves."""
    added = tuple(
        Source(read(one.consent)[0], f"Consent/proposed-{number}", "1", said=writing.now)
        for number, one in enumerate(question.proposed, start=1)
    )
    ended = frozenset(f"Consent/{id_}" for id_ in question.replaces)
    return Supposing(person.person, added, ended)


def _gate(writing: Writing, requester: Requester, installation: Installation | None = None) -> Gate:
    return Gate(
        installation or writing.installation,
        writing.connection,
        requester,
        writing.now,
        until=writing.until,
    )


def _held(
    writing: Writing, gate: Gate, criteria: Iterable[Criteria], titled: Titled
) -> Mapping[str, Held]:
    """What is held about the person and nobody else, so far as they may see it; by reference. Who
    sees what concerns others too is for those to say, and what they said is not told."""
    found: dict[str, Held] = {}
    for each in criteria:
        gate.in_time()
        sight = gate.sight(each)
        visible = sql_and(gate.releasable(each, sight), NO_NOTICE, ALONE)
        rows = searching.rows(writing.connection, each, visible, Page(None, ALL))
        by_reference = {row.reference: row for row in rows}
        for one in gate.released(rows, sight):
            row = by_reference[one.reference]
            resource: dict[str, Any] = msgspec.json.decode(one.body)
            found[one.reference] = Held.of(resource, titled(resource), row)
    return found


def _criteria(writing: Writing, person: Identity) -> list[Criteria]:
    """What leads to all that is about the person and that a consent can let others see, of the
    types that the token may read: what has them as its subject, and what names them elsewhere."""
    linked = identities.of_persons(writing.connection, [person.person])
    numbers = tuple(one.id for one in linked)
    elsewhere: dict[str, list[str]] = {}
    for type_, id_, is_subject in searching.named_about(writing.connection, numbers):
        if type_ in PERSONAL - NEVER_SHARED and writing.requester.may("r", type_):
            elsewhere.setdefault(type_, []).extend([] if is_subject else [id_])
    about = [Criteria(type_, identities=numbers) for type_ in elsewhere]
    return about + [Criteria(type_, ids=tuple(ids)) for type_, ids in elsewhere.items() if ids]


@dataclass(frozen=True, slots=True)
class _Looks:
    """How recipients look at what is held: as things stand, and as they would."""

    writing: Writing
    criteria: Sequence[Criteria]
    held: frozenset[str]
    purpose: str
    supposing: Supposing

    def of(self, recipient: Recipient) -> Seen:
        asking = recipient.asking(self.purpose)
        unchanged = Supposing(self.supposing.person)
        now = self._visible(asking, unchanged, keep=True)
        return Seen(recipient, now, self._visible(asking, self.supposing))

    def _visible(
        self, asking: Requester, supposing: Supposing, *, keep: bool = False
    ) -> frozenset[str]:
        """Of what is held, the references of what passes."""
        installation = replace(self.writing.installation, supposing=supposing)
        gate = _gate(self.writing, asking, installation)
        seen: set[str] = set()
        for each in self.criteria:
            gate.in_time()
            sight = gate.sight(each)
            if keep:
                self.writing.consents += sight.consents
            visible = gate.releasable(each, sight)
            found = searching.ids(self.writing.connection, each, visible)
            seen |= {f"{each.type}/{id_}" for id_ in found}
        return self.held & seen
