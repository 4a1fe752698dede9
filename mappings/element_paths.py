"""Where a value stands in a resource, written so that tables of fields can hold it as data.

occurrencePeriod.end
performer[type=Practitioner]                     the item of a list that says so
extension[url=https://…].valueBoolean
component[code=https://…/CodeSystem/x|y].valueInteger    the item with that coding
participant[].period.start                       the first item
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

STEP = re.compile(r"(\w+)(?:\[(?:([\w.]+)=([^\]]+))?(\])?)?(?:\.|$)", re.ASCII)
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step down. `listed`: into a list; `key` and `value`: to the item that says so."""

    name: str
    listed: bool = False
    key: str = ""
    value: str = ""


Path = tuple[Step, ...]


@cache
def path_of(text: str) -> Path:
    """The steps of a path as written; what is no path is a fault in our data and raises."""
    steps: list[Step] = []
    place = 0
    while place < len(text):
        found = STEP.match(text, place)
        if found is None:
            raise ValueError(text)
        name, key, value, closed = found.groups()
        steps.append(Step(name, bool(closed), key or "", value or ""))
        place = found.end()
    return tuple(steps)


def put(resource: Item, path: Path, value: Any) -> None:
    """Sets the value there; items and objects on the way are made where they are missing."""
    *way, last = path
    node = resource
    for step in way:
        node = _made(node, step)
    if last.listed:
        _made(node, last).update(value)
    else:
        node[last.name] = value


def every(node: Any, path: Path) -> Iterator[Any]:
    """Each value there; none where a step is missing."""
    if node is None:
        return
    if not path:
        yield node
        return
    step, rest = path[0], path[1:]
    if not step.listed:
        yield from every(node.get(step.name), rest)
        return
    for item in node.get(step.name, ()):
        if _says(item, step):
            yield from every(item, rest)


def beside(path: Path) -> Path:
    """Where the extensions of a primitive stand: the same path, its last name underscored."""
    return (*path[:-1], Step(f"_{path[-1].name}"))


def _made(node: Item, step: Step) -> Item:
    if not step.listed:
        found: Item = node.setdefault(step.name, {})
        return found
    items: list[Item] = node.setdefault(step.name, [])
    for item in items:
        if _says(item, step):
            return item
    items.append(_new(step))
    return items[-1]


def _says(item: Any, step: Step) -> bool:
    if not step.key:
        return True
    held: Any = item
    for name in step.key.split("."):
        held = held.get(name) if held is not None else None
    system, bar, code = step.value.rpartition("|")
    return is_coded(held, system, code) if bar else bool(held == step.value)


def is_coded(concept: Any, system: str, code: str) -> bool:
    """True for a CodeableConcept, or a list of them, with that coding."""
    if isinstance(concept, list):
        return any(is_coded(one, system, code) for one in concept)
    codings = (concept or {}).get("coding", ())
    return any((one.get("system"), one.get("code")) == (system, code) for one in codings)


def _new(step: Step) -> Item:
    if not step.key:
        return {}
    system, bar, code = step.value.rpartition("|")
    value: Any = {"coding": [{"system": system, "code": code}]} if bar else step.value
    for name in reversed(step.key.split(".")):
        value = {name: value}
    made: Item = value
    return made
