"""What a look comes to: an answer ready to be recorded, and what its audit row names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from gateway.actions import logged
from gateway.actions.answer import Answer
from gateway.audit.consent_set import ConsentSet, set_of


@dataclass(frozen=True)
class Found:
    """`entities` are the references asked for or released ("Type/id"), `consents` the exact
    versions held against the request, `persons` whom it concerns, `agreed` digests of the words of
    the consents that were written."""

    answer: Answer
    entities: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    persons: frozenset[bytes] = frozenset()
    agreed: tuple[str, ...] = ()

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The entities as the log may have them."""
        return logged.entities(self.entities)

    @cached_property
    def consent_set(self) -> ConsentSet | None:
        """The consents as the log names them."""
        return set_of(self.consents)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes that are released, hex."""
        return sha256(self.answer.body).hexdigest()
