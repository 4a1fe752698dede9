"""Consents that have been read already: a stored version reads the same for ever."""

from __future__ import annotations

import msgspec

from consent.reading import read
from consent.rules import ConsentRules
from gateway.storage.resources import Resources, Row

MOST = 50_000
_NONCE_AND_BLOCK = 28


class KeptRules:
    """The rules of recently used consents.

    INVARIANT: found by what is stored (its random nonce and first block), not by its version: a
    version that was rolled back is never taken for the one that was written after it.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bytes], ConsentRules] = {}

    def of(self, row: Row, resources: Resources) -> ConsentRules:
        name = (row.rid, (row.content or b"")[:_NONCE_AND_BLOCK])
        kept = self._kept.get(name)
        if kept is None:
            if len(self._kept) >= MOST:
                self._kept.clear()
            kept = self._kept[name] = _read(row, resources)
        return kept


def _read(row: Row, resources: Resources) -> ConsentRules:
    content = resources.opened(row)
    consent = msgspec.json.decode(b"{" + content.rest + b"}")
    consent["meta"] = msgspec.json.decode(content.meta)
    return read(consent)[0]
