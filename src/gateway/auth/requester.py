"""Who is asking, as the access token and the client's registration say."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import lru_cache

from consent import codes

_UNHEARD = ("asks_as", "client", "token", "practitioner_name")  # of which no answer depends


class Role(StrEnum):
    SERVICE = "service"
    PORTAL = "portal"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Requester:
    """The one asking. The organisation comes from the client's registration, never from a header.

    `organization` is "Organization/<id>"; `practitioner` "system|value" as the signed claim says;
    `patient` is the "Patient/<id>" that a portal or emergency token serves; `scopes` are whole v2
    scopes such as "system/Observation.rs"; `purpose` a v3 ActReason code; `emergency` is the id of
    the emergency access that a token was given for, and `reason` what was written for it.
    """

    client: str
    organization: str
    ods: str
    role: Role
    purpose: str
    scopes: frozenset[str]
    token: str
    practitioner: str | None = None
    practitioner_name: str | None = None
    practitioner_role: str | None = None
    patient: str | None = None
    reason: str | None = None
    emergency: str | None = None
    asks_as: tuple[object, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """`asks_as` is all that an answer may depend on: who asks with it gets the same."""
        stated = (getattr(self, each.name) for each in fields(self) if each.name not in _UNHEARD)
        object.__setattr__(self, "asks_as", tuple(stated))

    @property
    def in_emergency(self) -> bool:
        """Whether this is emergency access: reading, and of the one person in `patient` alone."""
        return self.role is Role.SERVICE and self.purpose in codes.emergency()

    def may(self, interaction: str, resource_type: str) -> bool:
        """Whether a scope allows one of c, r, u, d, s on the type.

        A portal's token without a person is for registering one, and for nothing else; emergency
        access is for reading.
        """
        if self.in_emergency and interaction not in ("r", "s"):
            return False
        registers = (interaction, resource_type) == ("c", "Patient")
        if self.role is Role.PORTAL and self.patient is None and not registers:
            return False
        return _allowed(self.scopes, interaction, resource_type)


@lru_cache(maxsize=8192)
def _allowed(scopes: frozenset[str], interaction: str, resource_type: str) -> bool:
    return any(
        interaction in access and name in (resource_type, "*")
        for name, access in map(_parts, scopes)
    )


def _parts(scope: str) -> tuple[str, str]:
    resource, _, access = scope.partition("/")[2].partition(".")
    return resource, access.partition("?")[0]
