"""How facts and search tokens are kept: as keyed digests, so that a stolen file tells none."""

from __future__ import annotations

from functools import lru_cache, partial

from gateway.fhir.indexing import Indexed
from gateway.fhir.references import needs
from gateway.keys import Keys
from gateway.storage.rows import NewVersion
from gateway.storage.sealing import hmac_hex

PLAIN = frozenset({"class", "reference"})
# Kinds of few values that say nothing of one person: their digests are kept ready.
PARTIES = frozenset({"source", "recipient"})  # references plain, identifiers digested
OFTEN_THE_SAME = (PARTIES | {"code"}).union(
    f"token-{name}"
    for name in (
        *("author:identifier", "category", "code", "intent", "performer:identifier"),
        *("priority", "questionnaire", "status"),
    )
)


class Digests:
    """The digests of one installation."""

    def __init__(self, keys: Keys) -> None:
        self._index = keys.index
        self._again = lru_cache(1 << 13)(partial(hmac_hex, keys.index))

    def digest(self, kind: str, value: str) -> str:
        """How a fact or a search token is kept: only classes and local references are plain."""
        if kind in PLAIN or (kind in PARTIES and "|" not in value):
            return value
        if kind in OFTEN_THE_SAME:
            return self._again(kind, value)
        return hmac_hex(self._index, kind, value)

    def tokens(self, indexed: Indexed) -> list[tuple[str, str]]:
        """What is searched by equality, as it is kept: digests, and references as they are."""
        digested = [(name, self.digest(f"token-{name}", value)) for name, value in indexed.tokens]
        return digested + list(indexed.references)

    def facts(self, new: NewVersion) -> list[tuple[str, str]]:
        """What of a version a consent's criteria ask about: kinds and values."""
        facts = new.facts
        kinds = (
            ("class", facts.classes),
            ("code", facts.codes),
            ("text", facts.texts),
            ("source", facts.sources),
            ("recipient", facts.recipients),
            ("reference", facts.references),
        )
        kept = [
            (kind, self.digest(kind, value)) for kind, values in kinds for value in sorted(values)
        ]
        return [*kept, ("needs", "")] if _needs_what_it_names(new) else kept


def _needs_what_it_names(new: NewVersion) -> bool:
    """Whether it cannot be released to someone who may see none of what it refers to."""
    named = frozenset(one for one in new.facts.references if not one.startswith("Patient/"))
    return bool(named) and needs(new.resource, named)
