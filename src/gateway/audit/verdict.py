"""What a check of the log comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """How a log can fail to be what was signed."""

    ALTERED = "altered"  # an entry, its leaf hash or a column beside it is not what was written
    LOST = "lost"  # an entry within the log is gone
    SWAPPED = "swapped"  # two entries stand in each other's place
    REPLAYED = "replayed"  # an entry stands in the log twice
    REWRITTEN = "rewritten"  # the entries are sound one by one and are not those that were signed
    CONSENTS = "consents"  # a set of consents that an entry names is not there, or not that set
    HIDDEN = "hidden"  # an entry is there and is not found by what it names
    TRUNCATED = "truncated"  # the log ends before a size that was signed
    UNSIGNED = "unsigned"  # the log goes on after the last size that was signed
    FORKED = "forked"  # the log's key signed two different histories
    SIGNATURE = "signature"  # a checkpoint is not signed by the log's key
    UNREADABLE = "unreadable"  # a checkpoint or what belongs to it is not in its form


@dataclass(frozen=True, slots=True)
class Whole:
    """Every entry is there, in order, unaltered and signed for.

    `outside` counts the checkpoints read outside the database: with none, nothing is said about
    entries cut off at the end. Not `complete`: an exported part, each entry of which is in the log.
    `pending` counts the rows that wait for their place in the tree, about which nothing is said;
    None where rows never wait.
    """

    entries: int
    root: bytes
    outside: int = 0
    complete: bool = True
    pending: int | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """The first fault: its kind, where it is (a position from 0, a size for checkpoints), and one
    sentence.
    """

    position: int | None
    kind: Fault
    sentence: str
