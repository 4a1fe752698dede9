"""Which item of a list that was seen is which item of the list that was sent back.

Pure. An item is the same where it is equal; else where it is called the same by its element id;
else where the two are much alike: then it was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.fhir.encoding import encode
from gateway.fhir.references import ORIGIN

Json = dict[str, Any]
CHANGED = "\0changed"  # a mark like ORIGIN: the writer changed or added this item
MARKS = (ORIGIN, CHANGED)
_MOST = 10_000  # pairs of items that are held against each other
_ALIKE = 0.4  # of what two items say: from there on, the one is taken for the other, changed


def pairs_of(seen: Sequence[Json], sent: Sequence[Json]) -> list[int | None]:
    """For each item that was sent, the one seen that it is, changed or not; None where new."""
    pairs: dict[int, int] = {}
    for key in (_text, _id):
        waiting: dict[Any, list[int]] = {}
        for index in _left(seen, pairs.values()):
            waiting.setdefault(key(seen[index]), []).append(index)
        for at in _left(sent, pairs):
            alike = waiting.get(key(sent[at]))
            if alike:
                pairs[at] = alike.pop(0)
    for _, at, index in sorted(_likeness(seen, sent, pairs), reverse=True):
        if at not in pairs and index not in pairs.values():
            pairs[at] = index
    return [pairs.get(at) for at in range(len(sent))]


def _left(items: Sequence[Json], taken: Iterable[int]) -> list[int]:
    met = set(taken)
    return [index for index in range(len(items)) if index not in met]


def _id(item: Json) -> object:
    """What an item is called, where it is; nothing is called as what has no name."""
    return item.get("id", object())


def _likeness(
    seen: Sequence[Json], sent: Sequence[Json], pairs: Mapping[int, int]
) -> list[tuple[float, int, int]]:
    """How alike what is left on either side is, where it is alike enough; in long lists that
    changed throughout, nothing is looked for."""
    before, after = _left(seen, pairs.values()), _left(sent, pairs)
    if len(before) * len(after) > _MOST:
        return []
    had = {index: frozenset(_leaves(seen[index])) for index in before}
    said = {at: frozenset(_leaves(sent[at])) for at in after}
    shares = (
        (len(said[at] & had[index]) / max(len(said[at] | had[index]), 1), at, index)
        for at in after
        for index in before
    )
    return [each for each in shares if each[0] >= _ALIKE]


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, bytes]]:
    if type(node) is dict:
        for name, value in node.items():
            if name not in MARKS:
                yield from _leaves(value, f"{path}.{name}")
    elif type(node) is list:
        for item in node:
            yield from _leaves(item, path)
    else:
        yield path, encode(node)


def _text(item: Json) -> bytes:
    return encode(_ordered(item))


def _ordered(node: Any) -> Any:
    if type(node) is dict:
        return {name: _ordered(node[name]) for name in sorted(node) if name not in MARKS}
    if type(node) is list:
        return [_ordered(item) for item in node]
    return node
