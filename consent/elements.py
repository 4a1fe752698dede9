"""Reading elements out of a FHIR resource by path, and finding every reference in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_LITERAL = re.compile(
    r"(?P<type>[A-Z][A-Za-z]{1,63})/(?P<id>[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?",
    re.ASCII,
)


def at(node: Any, path: str) -> Iterator[Any]:
    """Every value at a dotted path, through arrays; "effective[x]" is any of the choices."""
    level = [node]
    for step in _steps(path):
        beneath: list[Any] = []
        for each in level:
            _step(each, step, beneath)
        level = beneath
    for value in level:
        yield from value if isinstance(value, list) else (value,)


def security_labels(resource: Mapping[str, Any]) -> Iterator[Any]:
    """Every security label that a resource states, of itself and of what a Bundle holds; contained
    resources state none (R4: dom-5)."""
    yield from at(resource, "meta.security")
    if resource.get("resourceType") == "Bundle":
        for held in at(resource, "entry.resource"):
            if isinstance(held, dict):
                yield from security_labels(held)


def references(node: Any, path: str = "") -> list[tuple[str, Mapping[str, Any]]]:
    """Every Reference beneath a node with its FHIRPath-like path, contained resources too."""
    found: list[tuple[_Place, Mapping[str, Any]]] = []
    _collect(node, (None, path), found)
    return [(_path(place), reference) for place, reference in found]


# A place is the one above it and what leads on from there: paths are written out only where a
# reference was found, as most of a resource holds none.
_Place = tuple[Any, str | int]


def _collect(node: Any, place: _Place, found: list[tuple[_Place, Mapping[str, Any]]]) -> None:
    if type(node) is dict:
        if ("reference" in node or "identifier" in node) and is_reference(node):
            found.append((place, node))
        for name, value in node.items():
            if type(value) is dict or type(value) is list:
                _collect(value, (place, name), found)
    elif type(node) is list:
        for index, value in enumerate(node):
            if type(value) is dict or type(value) is list:
                _collect(value, (place, index), found)


def _path(place: _Place) -> str:
    above, step = place
    if above is None:
        return str(step)
    before = _path(above)
    if isinstance(step, int):
        return f"{before}[{step}]"
    return f"{before}.{step}" if before else step


def is_reference(node: Mapping[str, Any]) -> bool:
    """Whether an object is a FHIR Reference, by literal or by identifier."""
    return isinstance(node.get("reference"), str) or (
        isinstance(node.get("identifier"), dict)
        and "resourceType" not in node
        and node.keys() <= {"id", "extension", "type", "identifier", "display"}
    )


def literal(reference: Any) -> str | None:
    """ "Type/id" of a relative literal reference, without its version; None for any other."""
    found = _LITERAL.fullmatch(reference) if isinstance(reference, str) else None
    return f"{found['type']}/{found['id']}" if found else None


def identified(reference: Mapping[str, Any]) -> str | None:
    """ "system|value" of a logical reference; None where it names no identifier."""
    match reference.get("identifier"):
        case {"system": str(system), "value": str(value)}:
            return f"{system}|{value}"
        case _:
            return None


@lru_cache(maxsize=1 << 10)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _step(node: Any, step: str, found: list[Any]) -> None:
    if isinstance(node, list):
        for item in node:
            _step(item, step, found)
    elif isinstance(node, dict):
        if step.endswith("[x]"):
            stem = step[:-3]
            found += (
                value
                for name, value in node.items()
                if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper()
            )
        elif step in node:
            found.append(node[step])
