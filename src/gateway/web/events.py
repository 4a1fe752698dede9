"""FHIR AuditEvents as the pages read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_LOOKS = ("R", "E")


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log. `entities` and `consents` are references, `who` a name as it was stated.

    `found` says that something was released; `outcome` is FHIR's code, "0" for done.
    """

    at: datetime
    action: str
    organization: str
    who: str
    role: str
    purpose: str
    entities: tuple[str, ...]
    consents: tuple[str, ...]
    outcome: str

    @property
    def is_look(self) -> bool:
        return self.action in _LOOKS

    @property
    def found(self) -> bool:
        return self.outcome == "0" and bool(self.entities)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of what was asked for or released, each once."""
        return tuple(dict.fromkeys(one.partition("/")[0] for one in self.entities))
