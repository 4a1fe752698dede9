"""A write through a view: what somebody changed in what they saw, done to the whole.

What is the same in what was seen and in what was sent stays as it is stored, with all that was not
seen; items that were not seen stay behind the item that they stood behind. Words beside a code go
with the code: where it is changed, what was said about the old one goes.

Pure: trees are never changed in place. Items of lists carry where they stood (ORIGIN), and whether
the writer changed or added them (CHANGED), until `unmarked`.
"""

from __future__ import annotations

from typing import Any

from gateway.fhir.encoding import encode
from gateway.fhir.pairing import CHANGED, MARKS, pairs_of
from gateway.fhir.references import ORIGIN, kind_of, needs_nothing

_WORDS = frozenset({"display", "_display", "text", "_text", "unit", "version"})
_SPOKEN_OF = ("system", "code", "coding", "reference", "identifier")  # what the words are about
Json = dict[str, Any]


def marked(node: Any, place: int | None = None) -> Any:
    """A copy in which each item of a list carries its place."""
    if type(node) is dict:
        copy = {name: marked(value) for name, value in node.items()}
        return copy if place is None else copy | {ORIGIN: place}
    if type(node) is list:
        return [marked(item, index) for index, item in enumerate(node)]
    return node


def unmarked(node: Any) -> Any:
    if type(node) is dict:
        return {name: unmarked(value) for name, value in node.items() if name not in MARKS}
    if type(node) is list:
        return [unmarked(item) for item in node]
    return node


def same(one: Any, other: Any) -> bool:
    """Whether two trees say the same, digit for digit, in whatever order."""
    if type(one) is dict and type(other) is dict:
        names = {*one, *other} - {*MARKS}
        return all(name in one and name in other and same(one[name], other[name]) for name in names)
    if type(one) is list and type(other) is list:
        return len(one) == len(other) and all(map(same, one, other))
    return encode(one) == encode(other)


def merged(stored: Any, seen: Any, sent: Any, kind: str = "") -> Any:
    """What is stored, with the difference between what was seen of it and what was sent; `kind` is
    R4's type of it."""
    if same(seen, sent):
        return marked(unmarked(stored))
    if type(stored) is dict and type(seen) is dict and type(sent) is dict:
        return _object(stored, seen, sent, kind)
    if _holds_objects(stored) and _holds_objects(seen) and _holds_objects(sent):
        return _items(stored, seen, sent, kind)
    return unmarked(sent)


def _object(stored: Json, seen: Json, sent: Json, kind: str) -> Json:
    moved = any(not same(seen.get(name), sent.get(name)) for name in _SPOKEN_OF)
    result: Json = {}
    for name, value in stored.items():
        if name in MARKS:
            continue
        if name in _WORDS and not same(value, seen.get(name)) and type(value) is not list:
            kept = sent.get(name) if moved else value
        else:
            inner = kind_of(kind, name, {} if type(value) is list else value)
            kept = _element(value, seen.get(name), sent.get(name), inner)
        result |= {name: kept} if kept is not None else {}
    return result | {
        name: _added(value)
        for name, value in sent.items()
        if name not in stored and name not in MARKS
    }


def _added(value: Any) -> Any:
    """What is nowhere in the whole yet: each item of it is the writer's."""
    if not _holds_objects(value):
        return unmarked(value)
    return [unmarked(item) | {CHANGED: True} for item in value]


def _element(stored: Any, seen: Any, sent: Any, kind: str) -> Any:
    """One element that is stored; None where the writer took it away."""
    if _holds_objects(stored):
        is_list = _holds_objects(sent or [])
        left = _items(stored, seen or [], sent or [], kind) if is_list else sent
        return left or None
    if seen is None:
        return stored  # unseen: it stays, whatever was sent in its place
    return None if sent is None else merged(stored, seen, sent, kind)


def _items(stored: list[Json], seen: list[Json], sent: list[Json], kind: str) -> list[Json]:
    """The items that were sent, in their order, and between them those that were not seen."""
    places = [item.get(ORIGIN, index) for index, item in enumerate(seen)]
    shown = {place: index for index, place in enumerate(places)}
    pairs = pairs_of(seen, sent)
    staying = {places[index] for index in pairs if index is not None}
    behind: dict[int, list[Json]] = {}
    last = -1
    for place, item in enumerate(stored):
        if place in staying:
            last = place
        elif place not in shown:
            behind.setdefault(last, []).append(marked(unmarked(item), place))
        elif left := _unseen(item, seen[shown[place]], kind):
            behind.setdefault(last, []).append(left | {ORIGIN: place})
    result = behind.get(-1, [])
    for item, index in zip(sent, pairs, strict=True):
        if index is None:
            result.append(unmarked(item) | {CHANGED: True})
            continue
        place = places[index]
        result += _item(stored[place], seen[index], item, place, kind)
        result += behind.get(place, [])
    return result


def _item(stored: Json, seen: Json, sent: Json, place: int, kind: str) -> list[Json]:
    """One item as it was sent, with what was not seen of it. Where the writer adds what may stand
    in the place of something unseen, that stays in an item of its own."""
    if same(seen, sent):
        return [marked(unmarked(stored), place)]
    left = _unseen(stored, seen, kind)
    if left and sent.keys() - seen.keys():
        return [left | {ORIGIN: place}, unmarked(sent) | {CHANGED: True}]
    return [_object(stored, seen, sent, kind) | {ORIGIN: place, CHANGED: True}]


def _unseen(stored: Json, seen: Json, kind: str) -> Json:
    """The elements of an item that were not seen, but for words, which go with what they are
    beside; nothing where they cannot stand alone."""
    if not needs_nothing(kind):
        return {}
    names = stored.keys() - seen.keys() - _WORDS - {"id", *MARKS}
    return {name: unmarked(stored[name]) for name in stored if name in names}


def _holds_objects(value: Any) -> bool:
    return type(value) is list and all(type(item) is dict for item in value)
