"""What people's consents came to for one requester, kept while all it was made from stands still.

A consent that changes has another version; the directory's stamp goes up with every write to it;
and what time alone changes is known beforehand. Nothing else goes into a weighing: where a consent
names what is joined to a record, it is made anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.storage.predicate_sql import Sql

MOST = 50_000


@dataclass(frozen=True, slots=True)
class Weighing:
    """`visible` is true of the rows that the requester may see. It holds between two moments, both
    excluded; None: always."""

    visible: Sql
    since: datetime | None
    until: datetime | None

    def holds_at(self, now: datetime) -> bool:
        after = self.since is None or self.since < now
        return after and (self.until is None or now < self.until)


def weighing(visible: Sql, moments: Iterable[datetime], now: datetime) -> Weighing:
    """A weighing that holds between the moments around now; at such a moment, never."""
    listed = sorted(moments)
    since = [moment for moment in listed if moment <= now]
    until = [moment for moment in listed if moment >= now]
    return Weighing(visible, since[-1] if since else None, until[0] if until else None)


class KeptWeighings:
    """The weighings made lately.

    INVARIANT: only what a snapshot of committed data gave is kept; a version that was rolled back
    is never taken for the one that was written after it.
    """

    def __init__(self) -> None:
        self._kept: dict[Any, Weighing] = {}

    def of(self, made_from: Any, now: datetime, make: Callable[[], Weighing]) -> Sql:
        """The kept one where it was made from the same and holds now; else a new one."""
        kept = self._kept.get(made_from)
        if kept is None or not kept.holds_at(now):
            if len(self._kept) >= MOST:
                self._kept.clear()
            kept = self._kept[made_from] = make()
        return kept.visible
