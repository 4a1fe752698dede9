"""Where an entry stands in the tree, and the path that proves it, out of a log of any length.

A full subtree never changes, so its root is kept once it has been worked out: the first proof
reads the whole log, a later one only what came since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.audit.growing import tree
from gateway.audit.merkle import Frontier, Roots, inclusion_proof, node_hash, verify_inclusion
from gateway.storage.connection import Connection

SPAN = 1_024  # leaves of the smallest subtree that is kept


class BrokenLogError(Exception):
    """The log does not hold what it signed: nothing is vouched for."""


@dataclass(frozen=True, slots=True)
class Proved:
    """The path from an entry to the root that the checkpoint `note` signs."""

    path: tuple[bytes, ...]
    note: str


class Subtrees:
    """The roots of full subtrees of one log. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], bytes] = {}

    def prove(
        self, connection: Connection, position: int, leaf: bytes, in_time: Callable[[], None]
    ) -> Proved:
        """The path of a sealed entry to the newest checkpoint of this snapshot.

        `in_time` is called now and then and may raise; what was worked out until then is kept.
        """
        grown = tree(connection)
        size, root = grown.frontier.size, grown.frontier.root()
        if grown.note is None or position >= size:
            raise BrokenLogError("an entry has a place that no checkpoint covers")
        path = inclusion_proof(self._roots(connection, in_time), position, size)
        if not verify_inclusion(leaf, position, size, path, root):
            raise BrokenLogError("the entries are not those that the checkpoint signs")
        return Proved(path, grown.note)

    def _roots(self, connection: Connection, in_time: Callable[[], None]) -> Roots:
        def root(start: int, end: int) -> bytes:
            width = end - start
            is_full = width & (width - 1) == 0 and width >= SPAN
            kept = self._kept.get((start, width)) if is_full else None
            if kept is not None:
                return kept
            if width <= SPAN:
                in_time()
                found = Frontier().extended(_leaves(connection, start, end)).root()
            else:
                middle = start + (1 << ((width - 1).bit_length() - 1))
                found = node_hash(root(start, middle), root(middle, end))
            if is_full:
                self._kept[start, width] = found
            return found

        return root


def _leaves(connection: Connection, start: int, end: int) -> list[bytes]:
    rows = connection.execute(
        "SELECT leaf FROM audit WHERE position >= ? AND position < ? ORDER BY position",
        (start, end),
    )
    return [bytes(leaf) for (leaf,) in rows]
