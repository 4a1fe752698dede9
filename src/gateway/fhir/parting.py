"""A resource with some of its parts, and nothing left of the others: no reference to one, no
contained resource that nothing names any more.

Pure: trees are never changed in place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from consent import elements
from consent.parts import Json, Place, authors_alone, has_parts, keeping, part_at, places_of
from gateway.fhir.references import without


def parted(resource: Json, gone: frozenset[Place], hidden: frozenset[str]) -> Json | None:
    """What others than its author see of a resource: without these parts, and without references
    to what is hidden; None where the core cannot stand without one."""
    kept = frozenset(places_of(resource)) - gone
    while True:
        left = keeping(resource, kept)
        unseen = hidden | _names(resource, frozenset(places_of(resource)) - kept)
        fallen = _fallen(resource, kept, unseen)
        if not fallen:
            break
        kept -= fallen
    pruned = without(left, unseen)
    if pruned is None or _lost_its_first(left, pruned):
        return None
    shown = {name: v for name, v in pruned.items() if name not in _unshared(resource)}
    return without_orphans(shown)


def _lost_its_first(left: Json, pruned: Json) -> bool:
    """Whether the entry is gone without which a document or a message is none."""
    if left["resourceType"] != "Bundle" or not left.get("entry"):
        return False
    return "resource" in left["entry"][0] and "resource" not in pruned.get("entry", [{}])[0]


def _unshared(resource: Json) -> frozenset[str]:
    """The narrative speaks of all parts; counts and signatures are of the whole."""
    return authors_alone(resource["resourceType"]) | {"text"}


def _names(resource: Json, gone: Collection[Place]) -> frozenset[str]:
    """How what is gone may be named within the resource."""
    return frozenset(name for place in gone for name in _names_at(resource, place))


def _names_at(resource: Json, place: Place) -> Iterator[str]:
    part = part_at(resource, place)
    match place:
        case ("contained", _) if "id" in part:
            yield f"#{part['id']}"
        case ("entry", _):
            yield from filter(None, (part.get("fullUrl"),))
            inner = part.get("resource", {})
            if "id" in inner:
                yield f"{inner['resourceType']}/{inner['id']}"


def _fallen(resource: Json, kept: Collection[Place], unseen: frozenset[str]) -> set[Place]:
    """Contained resources and entries that cannot stand without what is not seen."""
    fallen: set[Place] = set()
    for place in kept:
        match place:
            case ("contained", _):
                inner = part_at(resource, place)
            case ("entry", _):
                inner = part_at(resource, place).get("resource")
            case _:
                continue
        if inner is not None and without(inner, unseen) is None:
            fallen.add(place)
    return fallen


def without_orphans(resource: Json) -> Json:
    """Contained resources stay where something that is left names them, or where they name the
    whole."""
    if not has_parts(resource["resourceType"]) or "contained" not in resource:
        return resource
    waiting = [{name: value for name, value in resource.items() if name != "contained"}]
    reached: set[int] = set()
    while waiting:
        named = _named_in(waiting.pop())
        for index, inner in enumerate(resource["contained"]):
            if index not in reached and (f"#{inner.get('id')}" in named or _names_the_whole(inner)):
                reached.add(index)
                waiting.append(inner)
    left = [inner for index, inner in enumerate(resource["contained"]) if index in reached]
    if not left:
        return {name: value for name, value in resource.items() if name != "contained"}
    return resource | {"contained": left}  # where it stood


def _named_in(node: Any) -> set[str]:
    return {str(each.get("reference", "")) for _, each in elements.references(node)}


def _names_the_whole(inner: Json) -> bool:
    return "#" in _named_in(inner)
