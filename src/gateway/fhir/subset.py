"""A part of a resource: R4's _summary and _elements. What is required always stays.

Pure. The parts of a resource that stay are in the order in which they stood; the resource says
that it is a part (SUBSETTED).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from fhir_profiles import load

SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
_ALWAYS = frozenset({"resourceType", "id", "meta", "modifierExtension"})  # which changes the sense


def summarised(resource: Mapping[str, Any], summary: str) -> dict[str, Any]:
    """The resource under _summary=true, text or data."""
    type_ = str(resource["resourceType"])
    match summary:
        case "data":
            kept = {name: value for name, value in resource.items() if name != "text"}
        case "text":
            names = _ALWAYS | {"text"} | _required(type_, type_)
            kept = {name: value for name, value in resource.items() if _plain(name) in names}
        case _:
            kept = _summary(resource, type_, "", _marked(type_))
    return _said(kept)


def of_elements(resource: Mapping[str, Any], elements: frozenset[str]) -> dict[str, Any]:
    """The resource with these elements, and what is required."""
    type_ = str(resource["resourceType"])
    wanted = {
        name
        for name, shape in _shapes(type_)[type_].items()
        if name in elements or shape.get("choice") in elements
    }
    names = _ALWAYS | wanted | elements | _required(type_, type_)
    return _said({name: value for name, value in resource.items() if _plain(name) in names})


def _summary(
    node: Mapping[str, Any], owner: str, path: str, marked: frozenset[str]
) -> dict[str, Any]:
    """What is marked beneath an element that R4 defines within the resource."""
    shape = _shapes(owner.partition(".")[0]).get(owner, {})
    kept: dict[str, Any] = {}
    for name, value in node.items():
        here = f"{path}.{_plain(name)}".lstrip(".")
        if not (here in marked or (not path and name in _ALWAYS)):
            continue
        kind = str(shape.get(_plain(name), {}).get("type", ""))
        inner = kind.startswith(f"{owner}.") and not name.startswith("_")
        kept[name] = _inner(value, kind, here, marked) if inner else value
    return kept


def _inner(value: Any, kind: str, path: str, marked: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_summary(each, kind, path, marked) for each in value]
    return _summary(value, kind, path, marked)


def _said(resource: dict[str, Any]) -> dict[str, Any]:
    meta = resource.get("meta", {})
    return resource | {"meta": meta | {"tag": [*meta.get("tag", ()), SUBSETTED]}}


def _plain(name: str) -> str:
    return name.removeprefix("_")


@cache
def _marked(type_: str) -> frozenset[str]:
    return frozenset(load("search/summary.json")["types"].get(type_, ()))


@cache
def _required(type_: str, owner: str) -> frozenset[str]:
    return frozenset(name for name, shape in _shapes(type_)[owner].items() if shape.get("min"))


@cache
def _shapes(type_: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = load(f"structure/{type_}.json")
    return found
