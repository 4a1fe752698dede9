"""The Merkle tree of RFC 6962 (section 2.1), without storage.

Proofs ask for the root over the leaves [start, end) through `Roots`: `roots_over` hashes them each
time, `Levels` keeps every full subtree.
Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

HASH = 32
EMPTY = hashlib.sha256(b"").digest()

Leaves = Callable[[int, int], Iterable[bytes]]
Roots = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that a growing tree needs to know of itself: the roots of its full subtrees.

    One hash for each bit set in `size`, the largest subtree first.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after these leaf hashes; about two hashes a leaf, whatever the size."""
        size, nodes = self.size, list(self.nodes)
        for leaf in leaves:
            size += 1
            nodes.append(leaf)
            for _ in range(_trailing_zeros(size)):
                right = nodes.pop()
                nodes[-1] = node_hash(nodes[-1], right)
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        if not self.nodes:
            return EMPTY
        *larger, root = self.nodes
        for node in reversed(larger):
            root = node_hash(node, root)
        return root

    def to_bytes(self) -> bytes:
        return b"".join(self.nodes)


def frontier_from(size: int, stored: bytes) -> Frontier:
    """The frontier that `to_bytes` stored for a tree of this size."""
    if size < 0 or len(stored) != HASH * size.bit_count():
        raise ValueError("a frontier holds one hash for each bit set in its size")
    return Frontier(size, tuple(stored[at : at + HASH] for at in range(0, len(stored), HASH)))


def roots_over(leaves: Leaves) -> Roots:
    """Roots from a function that yields the leaf hashes of [start, end)."""
    return lambda start, end: Frontier().extended(leaves(start, end)).root()


class Levels:
    """Every full subtree of a tree in memory, 64 bytes a leaf, for many proofs at once."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([node_hash(left, right) for left, right in pairs])

    def root(self, start: int, end: int) -> bytes:
        """The root over [start, end), where `start` is where a proof would ask for it."""
        width = end - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + _split(width)
        return node_hash(self.root(start, middle), self.root(middle, end))


def inclusion_proof(roots: Roots, index: int, size: int) -> tuple[bytes, ...]:
    """The path from a leaf to the root of the tree of that size, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in a tree of this size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(roots(middle, end))
            end = middle
        else:
            path.append(roots(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(roots: Roots, old: int, new: int) -> tuple[bytes, ...]:
    """What shows that the tree of `new` leaves continues the tree of `old` leaves."""
    if not 0 < old <= new:
        raise ValueError("a proof leads from a tree with leaves to one as large or larger")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(roots(middle, end))
            end = middle
        else:
            path.append(roots(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(roots(start, end))
    return tuple(reversed(path))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: tuple[bytes, ...], root: bytes
) -> bool:
    """Whether the proof places this leaf hash at this index of the tree with this root."""
    if not 0 <= index < size:
        return False
    position, last, seen = index, size - 1, leaf
    for node in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            seen = node_hash(node, seen)
            up = _trailing_zeros(position)
            position, last = position >> up, last >> up
        else:
            seen = node_hash(seen, node)
        position, last = position >> 1, last >> 1
    return last == 0 and seen == root


def verify_consistency(
    old: int, new: int, proof: tuple[bytes, ...], old_root: bytes, new_root: bytes
) -> bool:
    """Whether the proof shows that the new tree only adds to the old one."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = (old_root, *proof) if old.bit_count() == 1 else proof
    if not path:
        return False
    shift = _trailing_zeros(old)
    position, last = (old - 1) >> shift, (new - 1) >> shift
    first = second = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(node, first), node_hash(node, second)
            up = _trailing_zeros(position)
            position, last = position >> up, last >> up
        else:
            second = node_hash(second, node)
        position, last = position >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
