"""Taking FHIR JSON apart without trusting its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Node = Mapping[str, Any]


class MisshapenError(ValueError):
    """An element is not of the JSON type that FHIR gives it."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path} must be {expected}")
        self.path = path
        self.expected = expected


def object_at(node: Node, name: str, path: str) -> Node | None:
    """The object under a name; None where it is absent."""
    value = node.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise MisshapenError(f"{path}.{name}", "an object")


def objects_at(node: Node, name: str, path: str) -> list[Node]:
    """The objects of an array; empty where it is absent."""
    value = node.get(name, [])
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise MisshapenError(f"{path}.{name}", "an array of objects")


def text_at(node: Node, name: str, path: str) -> str | None:
    """The string under a name; None where it is absent."""
    value = node.get(name)
    if value is None or isinstance(value, str):
        return value
    raise MisshapenError(f"{path}.{name}", "a string")


def coding_at(node: Node, path: str) -> tuple[str, str]:
    """A Coding's system and code; '' where it states none."""
    return text_at(node, "system", path) or "", text_at(node, "code", path) or ""


def codings_at(concept: Node, path: str) -> list[tuple[str, str]]:
    """System and code of each coding of a CodeableConcept."""
    return [
        coding_at(coding, f"{path}.coding[{place}]")
        for place, coding in enumerate(objects_at(concept, "coding", path))
    ]
