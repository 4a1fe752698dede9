"""Disclosure without consent: two people release a named list to a named recipient, once.

An officer and a Caldicott Guardian, never one person alone, and never anyone's self-service. Both
decisions and the release are in the log; the person is told unless telling would cause harm, and
then the log does not lead from the person to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from fhir_profiles import load
from gateway.actions.answer import Answer
from gateway.actions.directory import has_agreement
from gateway.actions.disclosure_list import listed_rows
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.looking import ABSENT
from gateway.actions.officers import (
    LONGEST,
    OFFICERS_ONLY,
    SHORTEST,
    Acting,
    acting,
    is_guardian,
    is_id,
    says_something,
)
from gateway.actions.serving import Serving
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.storage import disclosures, emergencies, identities, queue
from gateway.storage.disclosures import Disclosure, Listed
from gateway.storage.times import microseconds

ORGANIZATION = re.compile("Organization/[0-9a-f-]{36}")
PROPOSED, AGREED, WITHDRAWN = "disclosure-proposed", "disclosure-agreed", "disclosure-withdrawn"
TOLD, DISCLOSURE = "disclosure-told", "disclosure"
READ = "disclosures"
LATEST = 100
TWO = "must be agreed by someone else than who proposed it"
GUARDIAN = "one of the two must be registered as a Caldicott Guardian"
SAY_WHY = f"must say why, in {SHORTEST} to {LONGEST} characters"
NO_RECIPIENT = "must be a registered organisation with a current sharing agreement"
KNOWN = "is not agreed yet, or the person has been told"
FETCHED = "was fetched or withdrawn before"
OVER = "is decided, withdrawn or too old: propose it anew"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an officer wants released. `recipient` is "Organization/<id>", `references` are
    "Type/id"; `untold`: why telling the person would cause harm, None where they are told."""

    recipient: str
    references: tuple[str, ...]
    basis: str
    reason: str
    untold: str | None = None


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A disclosure with its list. `own`: this officer proposed it, so another has to agree; `told`:
    the person finds it."""

    disclosure: Disclosure
    listed: tuple[Listed, ...]
    own: bool
    told: bool


class Disclosing(Serving):
    """What officers do about disclosures. Each leaves its row in the log."""

    async def disclosures(self, officer: Requester) -> tuple[Disclosed, ...] | Answer:
        """The latest disclosures, the newest first; or the refusal."""
        read: list[Disclosed] = []

        def look(gate: Gate) -> Found:
            who = acting(gate.connection, officer, self.installation.portal)
            if who is None:
                return Found(Answer(403, b"", problems=(OFFICERS_ONLY,)))
            for each in disclosures.latest(gate.connection, LATEST):
                items = disclosures.listed(gate.connection, each.id)
                own = who.is_same_as(each.proposed_by)
                told = emergencies.is_to_be_told(gate.connection, DISCLOSURE, each.id)
                read.append(Disclosed(each, tuple(items), own, told))
            return Found(Answer(200, b""))

        request = self._request(officer, READ, READ)
        answer = await self._record(request, await self._seen(request, look))
        return tuple(read) if answer.status == 200 else answer

    async def propose_disclosure(self, officer: Requester, asked: Proposal) -> Answer:
        """201: it waits for the second person. Every problem found, otherwise."""
        id_ = self.new_id()

        def job(writing: Writing) -> Answer | Refused:
            who = acting(writing.connection, officer, self.installation.portal)
            return Refused((OFFICERS_ONLY,)) if who is None else _proposed(writing, who, asked, id_)

        why = None if _wrong(asked) else f"{asked.basis}: {asked.reason.strip()}"
        told = replace(officer, reason=why)
        return await self._write(self._request(told, PROPOSED, f"disclosure/{id_}"), job)

    async def agree_disclosure(self, officer: Requester, id_: str) -> Answer:
        """204: the recipient may fetch it, once, for some days."""
        return await self._decide(officer, id_, AGREED, _agreed)

    async def withdraw_disclosure(self, officer: Requester, id_: str) -> Answer:
        """204: nobody fetches it any more. Any officer may, until it is fetched."""
        return await self._decide(officer, id_, WITHDRAWN, _withdrawn)

    async def tell_of_disclosure(self, officer: Requester, id_: str) -> Answer:
        """204: telling would cause no harm any more, and the person finds it from now on."""
        found = await self.reading.look(
            lambda now: disclosures.by_id(now, id_) if is_id(id_) else None
        )
        why = None if found is None else f"{found.basis}: {found.reason}"
        return await self._decide(replace(officer, reason=why), id_, TOLD, _told)

    async def _decide(self, officer: Requester, id_: str, name: str, decided: Decided) -> Answer:
        about = f"disclosure/{id_}" if is_id(id_) else "disclosure"

        def job(writing: Writing) -> Answer | Refused:
            who = acting(writing.connection, officer, self.installation.portal)
            found = disclosures.by_id(writing.connection, id_) if is_id(id_) else None
            if who is None or found is None:
                return Refused((OFFICERS_ONLY if who is None else ABSENT,))
            writing.entities += [
                one.reference for one in disclosures.listed(writing.connection, id_)
            ]
            _tell_the_log(writing, found)
            no = decided(writing, who, found)
            return Answer(204, b"") if no is None else no

        return await self._write(self._request(officer, name, about), job)


Decided = Callable[[Writing, Acting, Disclosure], Refused | None]


def _proposed(writing: Writing, who: Acting, asked: Proposal, id_: str) -> Answer | Refused:
    problems = _wrong(asked)
    named = ORGANIZATION.fullmatch(asked.recipient) is not None
    recipient = asked.recipient.removeprefix("Organization/")
    now = microseconds(writing.now)
    if not named or not has_agreement(writing.connection, asked.recipient, now):
        problems.append(Problem(Kind.VALUE, NO_RECIPIENT, "recipient"))
    rows = listed_rows(writing, asked.references, recipient)
    if isinstance(rows, Refused) or problems:
        more = rows.problems if isinstance(rows, Refused) else ()
        return Refused((*problems, *more))
    new = Disclosure(id_, recipient, asked.basis, asked.reason, asked.untold, who.name, now)
    disclosures.propose(writing.connection, new, rows)
    writing.entities.append(asked.recipient)
    _tell_the_log(writing, new)
    return Answer(201, b"")


def _wrong(asked: Proposal) -> list[Problem]:
    problems = []
    if asked.basis not in rules()["words"]:
        text = f"must be one of {', '.join(rules()['words'])}"
        problems.append(Problem(Kind.VALUE, text, "basis"))
    for name, why in (("reason", asked.reason), ("untold", asked.untold)):
        if why is not None and not says_something(why):
            problems.append(Problem(Kind.REQUIRED, SAY_WHY, name))
    return problems


def _tell_the_log(writing: Writing, one: Disclosure) -> None:
    """INVARIANT: where telling the person would cause harm, no entry is found by the person."""
    if one.untold is None:
        about = disclosures.concerned(writing.connection, one.id)
        writing.persons.update(identities.persons_of(writing.connection, about))


def _agreed(writing: Writing, who: Acting, found: Disclosure) -> Refused | None:
    """INVARIANT: two people, one of them a Caldicott Guardian."""
    connection, now = writing.connection, microseconds(writing.now)
    if who.is_same_as(found.proposed_by):
        return refuse(Kind.FORBIDDEN, TWO)
    if not (who.guardian or is_guardian(connection, found.proposed_by)):
        return refuse(Kind.FORBIDDEN, GUARDIAN)
    until = now + _days("fetch_within_days")
    is_late = found.proposed + _days("agree_within_days") <= now
    if is_late or not disclosures.agree(connection, found.id, who.name, now, until):
        return refuse(Kind.CONFLICT, OVER)
    if found.untold is not None:
        queue.add(connection, queue.Kind.UNTOLD_DISCLOSURE, found.id, now)
        return None
    for identity in disclosures.concerned(connection, found.id)[:1]:
        emergencies.to_tell(connection, identity, DISCLOSURE, found.id, now)
    return None


def _told(writing: Writing, _: Acting, found: Disclosure) -> Refused | None:
    connection = writing.connection
    is_told = emergencies.is_to_be_told(connection, DISCLOSURE, found.id)
    if found.agreed is None or is_told:
        return refuse(Kind.CONFLICT, KNOWN)
    about = disclosures.concerned(connection, found.id)
    writing.persons.update(identities.persons_of(connection, about))
    writing.entities.append(f"Organization/{found.recipient}")
    emergencies.to_tell(connection, about[0], DISCLOSURE, found.id, microseconds(writing.now))
    return None


def _withdrawn(writing: Writing, who: Acting, found: Disclosure) -> Refused | None:
    done = disclosures.withdraw(writing.connection, found.id, who.name, microseconds(writing.now))
    return None if done else refuse(Kind.CONFLICT, FETCHED)


def rules() -> dict[str, Any]:
    """The site's rules for disclosures, and the words for each basis."""
    found: dict[str, Any] = load("consent/disclosure.json")
    return found


def _days(name: str) -> int:
    return timedelta(days=rules()[name]) // timedelta(microseconds=1)
