"""Whom a query names: only ever by the requester's own Patients."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.registering import NHS_NUMBER
from gateway.auth.requester import Requester
from gateway.storage import identities, searching
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import ALWAYS
from gateway.storage.searching import Criteria

PATIENT = "Patient/"


def is_number(token: str) -> bool:
    """Whether it is an NHS number with its system, by which people are kept."""
    return token.startswith(f"{NHS_NUMBER}|")


class People:
    """The persons whom one requester knows, in one snapshot."""

    def __init__(
        self, installation: Installation, connection: Connection, requester: Requester
    ) -> None:
        self._installation = installation
        self._connection = connection
        self.organization = organization_id(requester)

    def meant(self, patients: Iterable[str]) -> set[int]:
        """Every identity of the persons whom the requester's own Patient ids mean; else nobody."""
        known = identities.known_by(self._connection, self.organization, patients)
        return {one.id for one in known}

    def by_number(self, token: str) -> set[int]:
        """The same for an NHS number with its system."""
        number = token.removeprefix(f"{NHS_NUMBER}|")
        digest = identities.number_digest(self._installation.keys, number)
        own = identities.owned_by_number(self._connection, self.organization, digest)
        return {one.id for one in self._joined(own)}

    def found(self, criteria: Criteria) -> set[int]:
        """The same for the requester's own Patients that the criteria ask for."""
        return self.meant(searching.ids(self._connection, criteria, ALWAYS))

    def spoken_of(self, references: Iterable[str]) -> frozenset[str]:
        """The references, each own Patient with every other Patient of the person: what others
        wrote names theirs."""
        given = frozenset(references)
        patients = [one.removeprefix(PATIENT) for one in given if one.startswith(PATIENT)]
        if not patients:
            return given
        everyone = identities.known_by(self._connection, self.organization, patients)
        others = frozenset(one for one in given if not one.startswith(PATIENT))
        return others | {f"{PATIENT}{one.patient}" for one in everyone}

    def _joined(self, own: Iterable[identities.Identity]) -> list[identities.Identity]:
        persons = {one.person for one in own}
        return identities.of_persons(self._connection, persons) if persons else []
