"""Consents held against a request as if a choice had been made already.

The engine is the same. Only where a person's consents are read do the proposed ones stand in place
of those that would end; and whoever asks counts as one who knows the person, so that nobody learns
which services do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consent.request import Source
from gateway.storage.identities import Identity


@dataclass(frozen=True, slots=True)
class Supposing:
    """What one person would have said: `added`, and the Consents ("Consent/<id>") that `ended`."""

    person: bytes
    added: tuple[Source, ...] = ()
    ended: frozenset[str] = frozenset()

    def instead(self, of: Sequence[Identity], stored: list[Source]) -> list[Source]:
        """The consents of these identities as they would be."""
        if not self.is_about(of):
            return stored
        return [*(one for one in stored if one.reference not in self.ended), *self.added]

    def is_about(self, identities: Sequence[Identity]) -> bool:
        """Whether some of these identities are the person's."""
        return any(identity.person == self.person for identity in identities)
