"""Who an officer is: by the name they sign in with, or as the practitioner of a token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.actions.judging import organization_id
from gateway.auth.requester import Requester, Role
from gateway.fhir.problem import Kind, Problem
from gateway.storage import officers
from gateway.storage.connection import Connection

SHORTEST, LONGEST = 10, 1_000  # characters of what an officer writes down
_ID = re.compile("[0-9a-f-]{36}")
SYSTEM = "https://onestory.example/fhir/Id/officer"
OFFICERS_ONLY = Problem(Kind.FORBIDDEN, "is done by officers only")


def is_id(text: str) -> bool:
    """Whether it has the form of the ids that are given here."""
    return _ID.fullmatch(text) is not None


def says_something(text: str) -> bool:
    """Whether it is a note or a reason: neither a word nor a book, printable, in lines perhaps."""
    words = " ".join(text.split())
    return len(words) >= SHORTEST and len(text) <= LONGEST and words.isprintable()


@dataclass(frozen=True, slots=True)
class Acting:
    """One officer at work. `name` stands in records; `known_as` is every name of theirs and
    `organizations` (bare ids) whom they may work for: so that nobody decides about themselves."""

    name: str
    known_as: frozenset[str]
    organizations: frozenset[str]
    guardian: bool

    def is_involved(self, practitioner: str | None, organization: str | None) -> bool:
        """Whether this was their own doing, or their organisation's."""
        return practitioner in self.known_as or organization in self.organizations

    def is_same_as(self, name: str) -> bool:
        return name in self.known_as


def acting(connection: Connection, requester: Requester, portal: str) -> Acting | None:
    """The officer whose request this is; None where it is nobody's in particular.

    `portal` is the organisation of the pages, which is nobody's employer.
    """
    if requester.role is not Role.OFFICER or requester.practitioner is None:
        return None
    who = requester.practitioner
    found = _registered(connection, who)
    if found is None and who.startswith(f"{SYSTEM}|") and officers.has_left(connection, _name(who)):
        return None
    known_as = {who}
    if found is not None:
        known_as |= {f"{SYSTEM}|{found.name}", found.practitioner or who}
    employers = {organization_id(requester), found.organization if found else None}
    return Acting(
        name=f"{SYSTEM}|{found.name}" if found is not None else who,
        known_as=frozenset(known_as),
        organizations=frozenset(one for one in employers if one is not None) - {portal},
        guardian=found is not None and found.guardian,
    )


def is_guardian(connection: Connection, name: str) -> bool:
    """Whether the officer of a record ("system|value") is a Caldicott Guardian now."""
    found = _registered(connection, name)
    return found is not None and found.guardian


def _registered(connection: Connection, who: str) -> officers.Officer | None:
    if who.startswith(f"{SYSTEM}|"):
        return officers.named(connection, _name(who))
    return officers.as_practitioner(connection, who)


def _name(who: str) -> str:
    return who.removeprefix(f"{SYSTEM}|")
