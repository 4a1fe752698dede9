"""Whether what readers saw of something that one writer sets is as if each had asked in turn.

An operation takes effect at one moment between its beginning and its end (Herlihy and Wing, 1990).
With one writer the order of the writes is known, so that a history can be checked exactly: each
read needs a write whose value it saw, which had begun before the read ended, and whose successor
had not ended when the read began; and no read may see an earlier write than one that was over
before it began.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Write:
    """A value, set at some moment between two."""

    value: str
    begun: float
    ended: float


@dataclass(frozen=True)
class Read:
    """What was seen at some moment between two; `how` it was asked for."""

    value: str
    begun: float
    ended: float
    how: str = ""


def fault(writes: Sequence[Write], reads: Sequence[Read]) -> str | None:
    """What no order of the operations explains; None where one does. `writes` in their order; the
    first says what was there to begin with."""
    latest = 0
    ending = sorted(reads, key=lambda read: read.ended)
    place: dict[Read, int] = {}
    done = 0
    for read in sorted(reads, key=lambda read: read.begun):
        while done < len(ending) and ending[done].ended < read.begun:
            latest = max(latest, place[ending[done]])
            done += 1
        chosen = next((i for i in range(latest, len(writes)) if _explains(writes, i, read)), None)
        if chosen is None:
            return _told(writes, read, latest)
        place[read] = chosen
    return None


def _explains(writes: Sequence[Write], index: int, read: Read) -> bool:
    write = writes[index]
    replaced = writes[index + 1].ended if index + 1 < len(writes) else math.inf
    return write.value == read.value and write.begun < read.ended and replaced > read.begun


def _told(writes: Sequence[Write], read: Read, latest: int) -> str:
    last = max((i for i, write in enumerate(writes) if write.ended < read.begun), default=0)
    return (
        f"{read.how} saw {read.value!r} between {read.begun:.4f} and {read.ended:.4f}, after"
        f" {writes[last].value!r} had been set at {writes[last].ended:.4f} (write {last}) and"
        f" write {latest} had been seen"
    )
