"""How a visitor proves who they are. The demo's way is a link; a site puts its own here.

A `SignIn` answers one question: whom does this proof name? NHS login and CIS2 take the place of
`Links` without a change to a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from gateway.web.sealing import opened, sealed
from gateway.web.session import Door

LINK_LIFE = timedelta(hours=8)
_USE = "sign-in link"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom the proof names: a "Patient/<id>" at the person's door, a name at the officer's."""

    door: Door
    subject: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No proof, an altered one, or one whose time is over: the visitor is told the same."""


class SignIn(Protocol):
    def proved(self, proof: str, now: datetime) -> SignedIn | Refused:
        """Whom the proof names at this moment."""


@dataclass(frozen=True, slots=True)
class _Link:
    door: Door
    subject: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Links:
    """The demo's way in: links that this server sealed and printed, good for some hours."""

    key: bytes

    def proved(self, proof: str, now: datetime) -> SignedIn | Refused:
        content = opened(self.key, _USE, proof)
        if content is None:
            return Refused()
        link = msgspec.json.decode(content, type=_Link)
        return SignedIn(link.door, link.subject) if now < link.until else Refused()


def link(
    key: bytes, door: Door, subject: str, now: datetime, base_url: str, life: timedelta = LINK_LIFE
) -> str:
    """An address that signs this subject in at this door; it shows nothing of whom it names."""
    proof = sealed(key, _USE, msgspec.json.encode(_Link(door, subject, now + life)))
    return f"{base_url.rstrip('/')}/sign-in/{proof}"
