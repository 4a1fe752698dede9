"""Whether a resource is R4: every structural fault at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from gateway.fhir.finding import Enough, Found
from gateway.fhir.literal_reference import fault as reference_fault
from gateway.fhir.primitives import PRIMITIVES
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.shapes import TYPES, Choice, Element, Place, Shape, known, root_of, shape

Check = Callable[[object, Place, Found], None]

_MOST_LISTED = 25
_NULL = "null stands for nothing here: leave the element out"


def check(resource: object, path: str = "", types: frozenset[str] = TYPES) -> list[Problem]:
    """Every structural fault of a resource of one of these types, in the order met, up to MOST.

    `path` is where the resource stands, such as "Bundle.entry[0].resource"; without it the paths
    begin with the resource's type.
    """
    found = Found()
    with suppress(Enough):
        _resource(resource, Place(None, path or root_of(resource)), found, types)
    return found


def _resource(value: object, place: Place, found: Found, types: frozenset[str]) -> None:
    """A resource, checked by the type that it states."""
    if not isinstance(value, dict):
        words = _NULL if value is None else "a resource is a JSON object"
        found.append(Problem(Kind.STRUCTURE, words, str(place)))
        return
    kind = value.get("resourceType")
    where = str(place.at("resourceType"))
    if kind is None:
        found.append(Problem(Kind.REQUIRED, "resourceType is required in a resource", where))
    elif not isinstance(kind, str) or kind not in known():
        found.append(Problem(Kind.CODE, "resourceType must be the name of an R4 type", where))
    elif kind not in types:
        found.append(Problem(Kind.UNSUPPORTED, f"{kind} is not a type that is held here", where))
    else:
        _content(shape(kind), value, place, found)


def _object(kind: Shape, value: object, place: Place, found: Found) -> None:
    """A datatype or backbone element, which must hold something."""
    if type(value) is not dict:
        words = _NULL if value is None else f"{kind.name} is a JSON object"
        found.append(Problem(Kind.STRUCTURE, words, str(place)))
    elif not value:
        words = "an object must hold something, or be left out"
        found.append(Problem(Kind.STRUCTURE, words, str(place)))
    else:
        if len(value) == 1 and "id" in value:
            words = "an element needs a value or content beside its id"
            found.append(Problem(Kind.STRUCTURE, words, str(place)))
        _content(kind, value, place, found)


def _content(kind: Shape, value: dict[str, Any], place: Place, found: Found) -> None:
    """What an object holds against what its type may and must hold."""
    elements = kind.elements
    for name, child in value.items():
        element = elements.get(name)
        if element is None:
            if name != "resourceType" or kind.name not in known():
                _beside(kind, name, value, place, found)
        elif element.many:
            _list(element, child, value, place, found)
        else:
            _check_of(element)(child, Place(place, name), found)
    if not kind.required <= value.keys():
        # An extension does not stand in for a required value: whoever reads it relies on it.
        for name in sorted(kind.required - value.keys()):
            found.append(Problem(Kind.REQUIRED, f"{name} is required", str(place.at(name))))
    for choice in kind.choices:
        _one_of(choice, value, place, found)
    if kind.name == "Extension":
        _extension(value, place, found)


def _one_of(choice: Choice, value: dict[str, Any], place: Place, found: Found) -> None:
    """At most one of a value[x], or exactly one where it is required."""
    present = choice.names & value.keys()
    if not present or any(name.startswith("_") for name in value):
        present |= {name for name in choice.names if f"_{name}" in value}
    where = place.at(choice.name)
    if len(present) > 1:
        words = f"only one {choice.name}[x] is allowed"
        found.append(Problem(Kind.STRUCTURE, words, str(where)))
    elif choice.required and not present:
        found.append(Problem(Kind.REQUIRED, f"one {choice.name}[x] is required", str(where)))


def _extension(value: dict[str, Any], place: Place, found: Found) -> None:
    """R4's ext-1: an extension holds a value or further extensions, one of the two."""
    valued = any(name.lstrip("_").startswith("value") for name in value)
    if valued == ("extension" in value):
        words = "ext-1: an extension holds either one value[x] or further extensions"
        found.append(Problem(Kind.STRUCTURE, words, str(place)))


def _list(
    element: Element, child: object, owner: dict[str, Any], place: Place, found: Found
) -> None:
    """An element that repeats: a list that is not empty, each item of the element's type."""
    name = element.name
    if type(child) is not list:
        words = _NULL if child is None else f"{name} repeats: write a list, even for one"
        found.append(Problem(Kind.STRUCTURE, words, str(place.at(name))))
        return
    if not child:
        words = "a list must hold something, or be left out"
        found.append(Problem(Kind.STRUCTURE, words, str(place.at(name))))
    item_check = _check_of(element)
    for index, item in enumerate(child):
        if item is None and element.primitive and _extended(owner.get(f"_{name}"), index):
            continue
        item_check(item, Place(place, name, index), found)


def _extended(siblings: object, index: int) -> bool:
    """Whether a null in a list of primitives has its extension beside it."""
    return type(siblings) is list and index < len(siblings) and isinstance(siblings[index], dict)


def _beside(kind: Shape, name: str, owner: dict[str, Any], place: Place, found: Found) -> None:
    """A name that the type does not list: a primitive's "_name" sibling, or unknown."""
    element = kind.elements.get(name[1:]) if name.startswith("_") else None
    if element is None or not element.primitive or element.type in ("element-id", "id"):
        words = f"{kind.name} has no such element in FHIR R4: leave it out or use an extension"
        found.append(Problem(Kind.STRUCTURE, words, str(place.at(name))))
    elif element.many:
        _siblings(element, owner[name], owner.get(element.name), place.at(name), found)
    else:
        _object(shape("Element"), owner[name], place.at(name), found)


def _siblings(element: Element, value: object, values: object, place: Place, found: Found) -> None:
    """The "_name" list beside a list of primitives: null or an object for each of them."""
    if type(value) is not list or not value or all(item is None for item in value):
        words = f"{element.name} repeats: write a list of objects and nulls"
        found.append(Problem(Kind.STRUCTURE, words, str(place)))
        return
    if isinstance(values, list) and len(values) != len(value):
        words = f"{element.name} and its extensions must be lists of one length"
        found.append(Problem(Kind.STRUCTURE, words, str(place)))
    for index, item in enumerate(value):
        if item is not None:
            _object(shape("Element"), item, Place(place.above, place.name, index), found)


def contents_of(element: Element) -> frozenset[str]:
    """The resource types that an element of type Resource may hold."""
    return TYPES if element.name == "resource" else known()


@cache
def _check_of(element: Element) -> Check:
    """The check for one value of an element, made once."""
    if element.type in PRIMITIVES:
        return _coded(element) if element.codes else _primitive(element.type)
    if element.type == "Resource":
        types = contents_of(element)
        return lambda value, place, found: _resource(value, place, found, types)
    kind = shape(element.type)
    if element.type == "Reference":
        return lambda value, place, found: _reference(element, kind, value, place, found)
    if element.codes:
        return lambda value, place, found: _concept(element, kind, value, place, found)
    return lambda value, place, found: _object(kind, value, place, found)


def _primitive(kind: str) -> Check:
    accepts, right = PRIMITIVES[kind]
    words = f"must be {right}"

    def check_value(value: object, place: Place, found: Found) -> None:
        if not accepts(value):
            found.append(Problem(Kind.VALUE, _NULL if value is None else words, str(place)))

    return check_value


def _coded(element: Element) -> Check:
    codes = frozenset(code for _, code in element.codes)
    words = f"must be {_listed(element, codes)}"

    def check_code(value: object, place: Place, found: Found) -> None:
        if type(value) is not str:
            found.append(Problem(Kind.VALUE, _NULL if value is None else words, str(place)))
        elif value not in codes:
            found.append(Problem(Kind.CODE, words, str(place)))

    return check_code


def _listed(element: Element, codes: frozenset[str]) -> str:
    """The codes that would be right, or the name of their value set where they are many."""
    if len(codes) > _MOST_LISTED:
        return f"a code of the value set {element.binding}"
    return "one of " + ", ".join(sorted(codes))


def _concept(element: Element, kind: Shape, value: object, place: Place, found: Found) -> None:
    """A Coding or CodeableConcept with a required binding: one coding is of the value set."""
    _object(kind, value, place, found)
    if isinstance(value, dict) and not has_coding(element, value):
        codes = frozenset(f"{system}|{code}" for system, code in element.codes)
        words = f"must have a coding that is {_listed(element, codes)}"
        found.append(Problem(Kind.CODE, words, str(place)))


def has_coding(element: Element, value: dict[str, Any]) -> bool:
    """Whether a Coding or CodeableConcept has a coding that the element's binding requires."""
    codings = value.get("coding", ()) if element.type == "CodeableConcept" else [value]
    pairs = {
        (str(coding.get("system")), str(coding.get("code")))
        for coding in (codings if isinstance(codings, (list, tuple)) else ())
        if isinstance(coding, dict)
    }
    return bool(pairs & element.codes)


def _reference(element: Element, kind: Shape, value: object, place: Place, found: Found) -> None:
    """A Reference whose literal, where it has one, names a type that is allowed here."""
    _object(kind, value, place, found)
    if isinstance(value, dict):
        for name, words in reference_fault(value, element.targets):
            found.append(Problem(Kind.VALUE, words, str(place.at(name))))
