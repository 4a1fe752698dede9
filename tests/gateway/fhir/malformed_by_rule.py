"""Malformed resources of every type, made from the structure tables: one for each rule they state.

Not a test and not a package, so load it by its path:

    from runpy import run_path
    CASES = run_path("tests/gateway/fhir/malformed_by_rule.py")["CASES"]

Each is the least resource of its type but for one element that breaks one rule. The answer must
name `expression`, or a place within it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any, NamedTuple

from gateway.fhir.shapes import Element, Shape, shape

GENERATED = run_path(str(Path(__file__).with_name("generated.py")))
KINDS = GENERATED["KINDS"]

Json = dict[str, Any]

# One value of the right JSON kind, where there is one, that R4 does not allow for the type.
WRONG: dict[str, Any] = {
    "base64Binary": "not base64",
    "boolean": "true",
    "canonical": "http://a b",
    "code": " a",
    "date": "2026-02-30",
    "dateTime": "2026-01-02T10:00:00",
    "decimal": "1.5",
    "element-id": "a b",
    "id": "a/b",
    "instant": "2026-01-02",
    "integer": 1.5,
    "markdown": " ",
    "oid": "1.2.3",
    "positiveInt": 0,
    "string": "",
    "time": "25:00:00",
    "unsignedInt": -1,
    "uri": "http://a b",
    "url": "a b",
    "uuid": "urn:uuid:1",
    "xhtml": "text",
}


class Broken(NamedTuple):
    """A resource that must be refused, the rule that it breaks, and where."""

    kind: str
    rule: str
    resource: Json
    expression: str

    @property
    def id(self) -> str:
        return f"{self.expression}: {self.rule}"


def of_type(kind: str) -> Iterator[Broken]:
    """Every way to break one rule of the type's own elements."""
    whole, type_ = GENERATED["least"](kind), shape(kind)
    yield Broken(kind, "an unknown element", whole | {"unheardOf": 1}, f"{kind}.unheardOf")
    yield Broken(kind, "a sibling of nothing", whole | {"_unheardOf": {"id": "a"}}, kind)
    for name in sorted(type_.required):
        without = {each: value for each, value in whole.items() if each != name}
        yield Broken(kind, "required and missing", without, f"{kind}.{name}")
    for choice in type_.choices:
        yield from _choices(kind, type_, choice.name, sorted(choice.names), choice.required)
    for element in type_.elements.values():
        if element.name != "contained":
            yield from _element(kind, whole, element)


def _choices(
    kind: str, type_: Shape, group: str, names: list[str], needed: bool
) -> Iterator[Broken]:
    whole = {n: v for n, v in GENERATED["least"](kind).items() if n not in names}
    if needed:
        yield Broken(kind, "no choice", whole, f"{kind}.{group}")
    if len(names) > 1:
        two = {name: GENERATED["value_of"](type_.elements[name], 2) for name in names[:2]}
        yield Broken(kind, "two choices", whole | two, f"{kind}.{group}")


def _element(kind: str, whole: Json, element: Element) -> Iterator[Broken]:
    """Every way to break one element."""
    place, right = f"{kind}.{element.name}", GENERATED["value_of"](element, 2)
    for rule, value in _wrong_values(element, right):
        yield Broken(kind, rule, whole | {element.name: value}, place)
    if element.primitive and element.type not in ("id", "element-id"):
        sibling = {f"_{element.name}": "text"}
        yield Broken(kind, "text for an extension", whole | sibling, f"{kind}._{element.name}")


def _wrong_values(element: Element, right: Any) -> Iterator[tuple[str, Any]]:
    one = right[0] if element.many else right
    yield "null", None
    if element.many:
        yield "one for a list", one
        yield "an empty list", []
        yield "null in a list", [one, None]
    else:
        yield "a list for one", [one]
    for rule, value in _wrong_items(element, one):
        yield rule, [value] if element.many else value


def _wrong_items(element: Element, one: Any) -> Iterator[tuple[str, Any]]:
    if element.primitive:
        yield f"no {element.type}", WRONG[element.type]
        yield "an object for a value", {"value": one}
        if element.codes:
            yield "an unknown code", "unheard-of"
        return
    yield "text for an object", "text"
    if element.type == "Resource":
        yield "an unknown type", {"resourceType": "Unheardof"}
        return
    yield "an empty object", {}
    yield "an unknown element within", one | {"unheardOf": 1}
    if element.type == "Reference":
        yield "a reference to nothing", {"reference": "nothing"}
        if element.targets and "Medication" not in element.targets:
            yield "a reference to another type", {"reference": "Medication/1"}
    elif element.codes:
        yield "a coding outside the value set", _recoded(element.type)


def _recoded(type_: str) -> Json:
    coding = {"system": "https://example.org/codes", "code": "unheard-of"}
    return coding if type_ == "Coding" else {"coding": [coding]}


@cache
def cases() -> tuple[Broken, ...]:
    return tuple(broken for kind in KINDS for broken in of_type(kind))


CASES = cases()
