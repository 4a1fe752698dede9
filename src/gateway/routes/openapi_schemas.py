"""The schemas of the OpenAPI document: each type with what it requires, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.fhir.shapes import Element, shape

Json = dict[str, Any]
ALWAYS = ("Bundle", "CapabilityStatement", "OperationOutcome", "Parameters")
ID = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
_NUMBERS = ("decimal", "integer", "positiveInt", "unsignedInt")


def schemas(types: Iterable[str]) -> Json:
    """A schema for each type by its name, for what is always spoken of, and for JSON Patch."""
    held = {type_: _schema(type_) for type_ in sorted({*types, *ALWAYS})}
    return held | {"JsonPatch": {"type": "array", "items": _OPERATION}}


_OPERATION = {
    "type": "object",
    "required": ["op", "path"],
    "properties": {
        "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
        "path": {"type": "string"},
        "from": {"type": "string"},
        "value": {},
    },
}


def reference_to(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _schema(type_: str) -> Json:
    held = shape(type_)
    required = {name: _element(held.elements[name]) for name in sorted(held.required)}
    return {
        "type": "object",
        "required": ["resourceType", *required],
        "properties": {"resourceType": {"const": type_}, "id": ID, **required},
    }


def _element(element: Element) -> Json:
    one: Json = {"type": "object", "minProperties": 1}
    if element.codes:
        one = {"enum": sorted({code for _, code in element.codes})}
    elif element.primitive:
        one = {"type": "string", "minLength": 1}
        if element.type == "boolean" or element.type in _NUMBERS:
            one = {"type": "boolean" if element.type == "boolean" else "number"}
    return {"type": "array", "minItems": 1, "items": one} if element.many else one
