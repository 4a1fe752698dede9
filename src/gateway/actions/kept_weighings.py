"""What people's consents came to for one requester, kept while all it was made from stands still.

Whatever is written about a person raises the stamps of their identities, whatever is written about
nobody the directory's; and what time alone changes is known beforehand. Nothing else goes into a
weighing: where a consent names what is joined to a record, it is made anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime

from gateway.actions.footing import Span
from gateway.storage.predicate_sql import Sql

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Weighing:
    """`visible` is true of the rows that the requester may see, `consents` the exact versions that
    say so ("Consent/<id>/_history/<n>"), within `span`."""

    visible: Sql
    consents: tuple[str, ...]
    span: Span


Stamps = tuple[int, ...]
_NONE: tuple[Stamps, None] = ((), None)


class KeptWeighings:
    """The weighings made lately.

    INVARIANT: only what a snapshot of committed data gave is kept; a version that was rolled back
    is never taken for the one that was written after it.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Stamps, Weighing]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def of(
        self, asked: Hashable, stamps: Stamps, now: datetime, make: Callable[[], Weighing]
    ) -> Weighing:
        """What was made of the same question while the stamps stood where they stand, where it
        holds now; else a new one, which takes its place."""
        stood, weighing = self._kept.get(asked, _NONE)
        if weighing is None or stood != stamps or not weighing.span.holds_at(now):
            if len(self._kept) >= MOST:
                self._kept.clear()
            weighing = make()
            self._kept[asked] = stamps, weighing
        return weighing
