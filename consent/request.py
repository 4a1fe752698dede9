"""Who asks for what, and why; and the consents that are held against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consent import codes
from consent.rules import ConsentRules


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whatever the resource.

    `recipient` is "Organization/<id>", `recipient_aliases` its identifiers "system|value";
    `practitioner` every name of the one stated (literal and "system|value"), empty where none is
    stated; `roles` the stated staff role ("system|code", or a bare code); `purpose` a v3 ActReason
    code, None where unstated; `action` access (pull), disclose (push and export), collect or
    correct (a write).
    """

    recipient: str
    recipient_aliases: frozenset[str] = frozenset()
    practitioner: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    purpose: str | None = None
    action: str = "access"
    emergency: bool = False

    @property
    def organization(self) -> frozenset[str]:
        """Every name of the recipient."""
        return self.recipient_aliases | {self.recipient}

    @property
    def is_emergency(self) -> bool:
        return self.emergency or self.purpose in codes.emergency()


@dataclass(frozen=True, slots=True)
class Source:
    """One consent of the person, with its standing beside its words.

    A service may record what a person said: its denials count at once, its permits only for
    `permits_only_to` (its own organisation, "Organization/<id>") and only until `permits_until`,
    and it is never a base permit. Both are None for what the person wrote or confirmed. A consent
    of an identity that is linked, but neither joined nor confirmed, does not carry permits.
    `said` is when this version of it was stored, None for a document: whoever joined a CareTeam or
    Group after that was not permitted by it.
    """

    rules: ConsentRules
    reference: str
    version: str = ""
    permits_only_to: str | None = None
    permits_until: datetime | None = None
    carries_permits: bool = True
    said: datetime | None = None

    def counts_at(self, now: datetime) -> bool:
        """Whether it counts at all: active, about privacy, given, and inside its period."""
        rules = self.rules
        is_given = rules.given is None or rules.given[0] <= now
        is_inside = rules.period is None or rules.period[0] <= now <= rules.period[1]
        return rules.counts and is_given and is_inside

    def permits(self, request: Request, now: datetime) -> bool:
        """Whether its permits count for this requester now."""
        return (
            self.carries_permits
            and self.rules.may_permit
            and (self.permits_only_to is None or self.permits_only_to in request.organization)
            and (self.permits_until is None or now <= self.permits_until)
        )

    @property
    def permits_at_large(self) -> bool:
        """Whether it can carry a base permit: only what the person wrote or confirmed."""
        recorded_for_them = self.permits_only_to is not None or self.permits_until is not None
        return self.carries_permits and self.rules.may_permit and not recorded_for_them
