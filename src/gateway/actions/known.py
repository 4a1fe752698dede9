"""Who is who, looked up once: what stays as it is while several resources are judged in a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.storage import identities
from gateway.storage.connection import Connection
from gateway.storage.directory import identifiers_of
from gateway.storage.identities import Identity


def names_of(connection: Connection, organization: str) -> frozenset[str]:
    """The names under which a consent may speak of the organisation that wrote something."""
    return identifiers_of(connection, organization) | {f"Organization/{organization}"}


@dataclass(slots=True)
class Known:
    """Identities and names of organisations, as one moment of a transaction has them.

    INVARIANT: not kept beyond a change of an identity; whoever writes one begins anew.
    """

    connection: Connection
    _names: dict[str, frozenset[str]] = field(default_factory=dict)
    _owned: dict[tuple[str, str], Identity | None] = field(default_factory=dict)
    _persons: dict[int, bytes] = field(default_factory=dict)

    def names_of(self, organization: str) -> frozenset[str]:
        """As `names_of` finds them."""
        if organization not in self._names:
            self._names[organization] = names_of(self.connection, organization)
        return self._names[organization]

    def owned(self, organization: str, patients: Iterable[str]) -> dict[str, Identity]:
        """Those of the Patient ids that this organisation owns. Says nothing about any other."""
        wanted = dict.fromkeys(patients)
        missing = [one for one in wanted if (organization, one) not in self._owned]
        if missing:
            found = identities.owned(self.connection, organization, missing)
            self._owned |= {(organization, one): found.get(one) for one in missing}
            self._persons |= {each.id: each.person for each in found.values()}
        known = ((one, self._owned[organization, one]) for one in wanted)
        return {one: identity for one, identity in known if identity is not None}

    def persons_of(self, wanted: Iterable[int]) -> frozenset[bytes]:
        """The persons behind these identities."""
        wanted = tuple(wanted)
        missing = [one for one in wanted if one not in self._persons]
        if missing:
            self._persons |= identities.person_of_each(self.connection, missing)
        return frozenset(self._persons[one] for one in wanted)
