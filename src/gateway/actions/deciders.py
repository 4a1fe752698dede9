"""What is recorded of who may decide for a person, held against what a Consent would decide.

A decision is which service may see anything: what is recorded is recorded about one service, or
about everything. The person's own denial needs nothing, whatever is recorded: doubt denies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from consent.rules import Actor, ConsentRules, Effect, Rule
from gateway.actions import age
from gateway.actions.directory import every_rule, organization_named
from gateway.actions.installation import Installation
from gateway.storage import delegates, identities, judgements
from gateway.storage.connection import Connection
from gateway.storage.delegates import Basis
from gateway.storage.directory import ODS
from gateway.storage.judgements import EVERYTHING
from gateway.storage.judgements import Kind as Judged

GILLICK = (
    "under sixteen, a yes counts once a practitioner's Gillick judgement about each service that it"
    " names is recorded; a no counts as it is"
)
LACKS = (
    "a yes does not count while a lack of capacity for this decision is recorded; a no counts as it"
    " is"
)
NO_DELEGATE = "no record here says that the one who signs in may decide for this person"
NO_LACK = (
    "an attorney decides only while a lack of capacity for the decision about each service that it"
    " names is recorded"
)
EVERY = frozenset({EVERYTHING})
NO_PARENT = "a parent decides only for someone under sixteen who was not judged to decide this"


def says_yes(rules: ConsentRules) -> bool:
    """Whether anything in it permits."""
    permits = (rule.effect is Effect.PERMIT for rule in every_rule(rules))
    return rules.opted_in or any(permits)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded about one person, as one snapshot has it at one moment; `at` limits it to
    what was recorded with one Patient of theirs."""

    installation: Installation
    connection: Connection
    patient: str
    person: bytes
    now: datetime
    at: int | None = None

    @classmethod
    def about(
        cls,
        installation: Installation,
        connection: Connection,
        patient: str,
        now: datetime,
        *,
        there_alone: bool = False,
    ) -> Self | None:
        """About the person of "Patient/<id>"; None where there is none. `there_alone`: only what
        was recorded with this Patient."""
        identity = identities.by_patient(connection, patient.removeprefix("Patient/"))
        if identity is None:
            return None
        at = identity.id if there_alone else None
        return cls(installation, connection, patient, identity.person, now, at)

    def hinders_the_person(self, rules: ConsentRules) -> str | None:
        """Why what they say themselves, or what a service records of it, does not count yet."""
        wanted = _decisions(self.connection, rules, permits_only=True)
        if not wanted:
            return None
        if self._is_young():
            return None if _covers(self._judged(Judged.GILLICK), wanted) else GILLICK
        return LACKS if _touches(self._judged(Judged.LACKS_CAPACITY), wanted) else None

    def hinders_delegate(self, subject: str, rules: ConsentRules) -> str | None:
        """Why what somebody else says for them does not count: one ground is enough."""
        wanted = _decisions(self.connection, rules, permits_only=False)
        missing = [self._missing(basis, wanted) for basis in self._grounds(subject)]
        return None if None in missing else next(iter(missing), NO_DELEGATE)

    def lets_look(self, subject: str) -> bool:
        """Whether a delegate may read at all: while there is something that they may decide."""
        lacking = self._judged(Judged.LACKS_CAPACITY)
        attorneys = lacking or EVERY
        return any(
            self._missing(basis, attorneys if basis is Basis.LPA else EVERY) is None
            for basis in self._grounds(subject)
        )

    def _grounds(self, subject: str) -> list[Basis]:
        return sorted(delegates.standing(self.connection, self.person, subject, self.now))

    def _missing(self, basis: Basis, wanted: frozenset[str]) -> str | None:
        match basis:
            case Basis.DEPUTY:
                return None
            case Basis.LPA:
                return None if _covers(self._judged(Judged.LACKS_CAPACITY), wanted) else NO_LACK
            case Basis.PARENT:
                decides = not self._is_young() or _touches(self._judged(Judged.GILLICK), wanted)
                return NO_PARENT if decides else None

    def _judged(self, kind: Judged) -> frozenset[str]:
        return judgements.standing(self.connection, self.person, kind, self.now, self.at)

    def _is_young(self) -> bool:
        resources = self.installation.resources
        return age.is_under_sixteen(self.connection, resources, self.patient, self.now)


def _covers(judged: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether each decision was judged."""
    return EVERYTHING in judged or wanted <= judged


def _touches(judged: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether any of the decisions was judged."""
    return bool(judged) and (EVERYTHING in judged or EVERYTHING in wanted or bool(judged & wanted))


def _decisions(
    connection: Connection, rules: ConsentRules, *, permits_only: bool
) -> frozenset[str]:
    """About whom a Consent decides: each organisation that it names, or everything where it names
    none, or anyone who is no organisation here."""
    found: set[str] = {EVERYTHING} if rules.opted_in else set()
    for root in rules.rules:
        for recipients in _recipients(root, (), permits_only=permits_only):
            found |= {_decided(connection, each) for each in recipients} or {EVERYTHING}
    return frozenset(found)


def _recipients(
    rule: Rule, above: tuple[Actor, ...], *, permits_only: bool
) -> Iterator[tuple[Actor, ...]]:
    """Whom each provision speaks about; one that names nobody speaks about those of its parent."""
    named = rule.criteria.recipients or above
    if rule.effect is Effect.PERMIT or (rule.effect is Effect.DENY and not permits_only):
        yield named
    for child in rule.children:
        yield from _recipients(child, named, permits_only=permits_only)


def _decided(connection: Connection, actor: Actor) -> str:
    reference: dict[str, object] = {"reference": actor.reference or ""}
    system, _, value = (actor.identifier or "").rpartition("|")
    if actor.reference is None and system == ODS:
        reference = {"identifier": {"system": system, "value": value}}
    found = organization_named(connection, reference)
    return EVERYTHING if found is None else f"Organization/{found.id}"
