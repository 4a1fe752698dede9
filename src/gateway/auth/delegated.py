"""Whether a requester is a delegate: someone who decides with or for the person of the token."""

from __future__ import annotations

import re

from gateway.auth.purposes import DELEGATED
from gateway.auth.requester import Requester, Role
from gateway.keys import Keys
from gateway.storage.sealing import hmac_hex

_NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number|"
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^|\s]+\|[^|\s]+")


def is_delegates_identifier(text: str) -> bool:
    """Whether a text names a delegate, as "system|value", by what may stand in the log."""
    return bool(_IDENTIFIER.fullmatch(text)) and not text.startswith(_NHS_NUMBER)


def is_delegate(requester: Requester) -> bool:
    return requester.role is Role.PORTAL and requester.purpose in DELEGATED


def subject_of(keys: Keys, requester: Requester) -> str:
    """The delegate as the register knows them."""
    return subject_digest(keys, requester.practitioner or "")


def subject_digest(keys: Keys, identifier: str) -> str:
    """The keyed HMAC of a delegate's identifier ("system|value")."""
    return hmac_hex(keys.index, "delegate", identifier)
