"""What was answered lately, kept while everything it stands on stands still.

A kept answer is the answer that the same look would give again. Whether it would is asked of the
database at every request, in one statement, which is the snapshot of that request: a consent that
is taken back, a record that is written or somebody who is joined raises a stamp in the same
transaction. The request leaves its row in the log like any other.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from gateway.actions.footing import Footing
from gateway.actions.found import Found

MOST = 64 * 1024 * 1024  # bytes of all that is kept
PART = 16  # of all that is kept, which one answer may be at most
BESIDE = 4096  # bytes that any answer takes beside its body: what asks for it, what it stands on
NAMED = 150  # bytes for each reference that its row in the log names


@dataclass(frozen=True)
class Kept:
    """What was found, what it stands on, and the bytes that both may take."""

    found: Found
    footing: Footing

    @cached_property
    def size(self) -> int:
        found = self.found
        named = len(found.entities) + len(found.consents) + len(found.persons)
        return BESIDE + NAMED * named + len(found.answer.body)

    def holds(self, stamps: int | None, now: datetime) -> bool:
        return stamps == self.footing.stamps and self.footing.span.holds_at(now)


class KeptAnswers:
    """By who asks and what they ask; those not asked for longest make room. `most` is how many
    bytes they may take: nothing is kept where it is 0."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self.bytes = 0
        self._lock = threading.Lock()  # PostgreSQL is read in threads

    def get(self, key: Hashable) -> Kept | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def keep(self, key: Hashable, kept: Kept) -> None:
        """Nothing but what was released is kept: a refusal rests on what is not there."""
        if kept.found.answer.status != 200 or kept.size * PART > self._most:
            return
        with self._lock:
            self._drop(key)
            self._kept[key] = kept
            self.bytes += kept.size
            while self.bytes > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self.bytes -= gone.size
