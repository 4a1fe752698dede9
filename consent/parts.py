"""The parts of a resource, each of which is decided by itself.

Which elements are parts is data (`labels/parts.json`); all the rest is the core. A part is judged
as the resource that would hold nothing but the core and it: whether it is released depends on no
other part, so that nobody can tell from one whether there is another. Whom the author names as a
recipient of the whole belongs to the core, and so holds for each part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

import fhir_profiles
from consent.recipients import is_naming

Json = dict[str, Any]
Place = tuple[str | int, ...]  # ("activity", 2), ("title",), ("section", 0, "section", 1)


def has_parts(type_: str) -> bool:
    """Whether resources of the type are released in parts."""
    return bool(elements_of(type_))


@cache
def elements_of(type_: str) -> frozenset[str]:
    """The elements of a type that are parts."""
    return frozenset(_table()["parts"].get(type_, ()))


@cache
def authors_alone(type_: str) -> frozenset[str]:
    """The elements of a type that nobody but its author reads."""
    return frozenset(_table()["authors_alone"].get(type_, ()))


def wordless(resource: Json, *, put: bool = False) -> Json:
    """A copy without the words that nobody judges; `put`: with ours in their place."""
    return _wordless(resource, str(resource.get("resourceType")), put=put)


def places_of(resource: Mapping[str, Any]) -> tuple[Place, ...]:
    """Where each part stands; what holds a part comes before it."""
    names = elements_of(str(resource.get("resourceType")))
    return tuple(_places(resource, names, (), _starts(resource)))


def goes_along(place: Place) -> bool:
    """Whether a part goes with the core where it adds nothing to it."""
    return place[0] in _table()["with_the_whole"]


def holder(place: Place) -> Place | None:
    """The part that this one is a part of."""
    above = place[:-2]
    return above or None


def part_at(resource: Mapping[str, Any], place: Place) -> Any:
    """What stands at a place."""
    node: Any = resource
    for step in place:
        node = node[step]
    return node


def keeping(resource: Mapping[str, Any], kept: Collection[Place]) -> Json:
    """A copy with the core and these parts alone; no empty list is left."""
    names = elements_of(str(resource.get("resourceType")))
    return _keeping(resource, names, (), kept, _starts(resource))


def alone(resource: Mapping[str, Any], core: Json, place: Place) -> Json:
    """The core and one part, with what holds it but for the other parts within that."""
    name = str(place[0])
    if len(place) == 1:
        return core | {each: resource[each] for each in (name, f"_{name}") if each in resource}
    item = _bare(resource[name][place[1]], name)
    if within := place[2:]:
        item = alone(resource[name][place[1]], item, within)
    return core | {name: [*core.get(name, ()), item]}


def _bare(item: Any, name: str) -> Any:
    """One item without the parts within it."""
    if not isinstance(item, dict):
        return item
    beneath = _beneath(name)
    return {each: value for each, value in item.items() if each not in beneath}


def _places(
    node: Mapping[str, Any], names: frozenset[str], above: Place, core: Place | None
) -> Iterator[Place]:
    for name in dict.fromkeys(each.removeprefix("_") for each in node):
        if name not in names:
            continue
        value = node.get(name)
        if not isinstance(value, list):
            yield (*above, name)
            continue
        for index, item in enumerate(value):
            place: Place = (*above, name, index)
            if place == core or is_naming(item):
                continue
            yield place
            if isinstance(item, dict):
                yield from _places(item, _beneath(name), place, None)


def _keeping(
    node: Mapping[str, Any],
    names: frozenset[str],
    above: Place,
    kept: Collection[Place],
    core: Place | None,
) -> Json:
    copy: Json = {}
    for name, value in node.items():
        plain = name.removeprefix("_")
        if plain not in names:
            copy[name] = value
        elif not isinstance(value, list):
            copy |= {name: value} if (*above, plain) in kept else {}
        else:
            left = [
                _keeping(item, _beneath(name), (*above, name, index), kept, None)
                if isinstance(item, dict)
                else item
                for index, item in enumerate(value)
                if (*above, name, index) in kept or (*above, name, index) == core or is_naming(item)
            ]
            copy |= {name: left} if left else {}
    return copy


def _wordless(node: Json, owner: str, *, put: bool) -> Json:
    ours = _table()["in_our_words"].get(owner, {})
    copy: Json = {}
    for name, value in node.items():
        if name in ours:
            copy |= {name: ours[name]} if put and ours[name] is not None else {}
        elif name in _table()["in_our_words"]:  # parts, which are listed
            copy[name] = [_wordless(item, name, put=put) for item in value]
        else:
            copy[name] = value
    return copy


def _starts(resource: Mapping[str, Any]) -> Place | None:
    """The entry without which a document or a message is none."""
    is_bundle = resource.get("resourceType") == "Bundle"
    return ("entry", 0) if is_bundle and resource.get("type") in _table()["first_of"] else None


def _beneath(name: str) -> frozenset[str]:
    return frozenset(_table()["beneath"].get(name, ()))


def _table() -> Mapping[str, Any]:
    data: Mapping[str, Any] = fhir_profiles.load("labels/parts.json")
    return data
