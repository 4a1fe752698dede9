"""Literal references: their form, and the types that they may name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.fhir.shapes import known

_LITERAL = re.compile(
    r"(?P<base>https?://[^\s?#]+/)?(?P<type>[A-Z][A-Za-z]+)"
    r"/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?\S+=\S+")
_SURE = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}"
    r"|urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_ELSEWHERE = re.compile(r"#\S*|urn:\S+|[a-z][a-z0-9+.\-]*:\S+")


def type_named(reference: str) -> str | None:
    """The R4 type that a literal or conditional reference names, if it names one."""
    found = _LITERAL.fullmatch(reference) or _CONDITIONAL.fullmatch(reference)
    return found["type"] if found and found["type"] in known() else None


def is_conditional(reference: str) -> bool:
    """Whether the reference is a search, "Type?name=value", which only a transaction resolves."""
    return _CONDITIONAL.fullmatch(reference) is not None


def are_sound(values: list[dict[str, Any]], targets: frozenset[str]) -> bool:
    """Whether each Reference object refers to one of these types, or to what nobody resolves."""
    return all(_is_sound(value, targets or known()) for value in values)


def _is_sound(value: dict[str, Any], targets: frozenset[str]) -> bool:
    """Whether a Reference object refers to one of these types, or to what nobody here resolves.

    False for a search and for what is contained too: what surrounds them decides.
    """
    literal = value.get("reference")
    if literal is None and ("type" not in value or value["type"] in targets):
        return True
    found = _SURE.fullmatch(literal) if isinstance(literal, str) else None
    if found is not None and "type" not in value:
        named = found["type"]
        return named is None or named in targets
    if isinstance(literal, str) and (literal.startswith("#") or is_conditional(literal)):
        return False
    return next(fault(value, targets), None) is None


def fault(value: dict[str, Any], targets: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a Reference object: the element, and what would be right.

    `targets` empty means that any type is allowed.
    """
    literal, stated = value.get("reference"), value.get("type")
    named = type_named(literal) if isinstance(literal, str) else None
    wanted = ", ".join(sorted(targets))
    if isinstance(literal, str) and literal.strip():
        if named is None and not _ELSEWHERE.fullmatch(literal):
            yield "reference", "must be Type/id with an R4 type, a URL, a urn or #id"
        elif named and targets and named not in targets:
            yield "reference", f"must refer to one of {wanted}"
    if isinstance(stated, str) and stated in known():
        if targets and stated not in targets:
            yield "type", f"must be one of {wanted}"
        elif named and named != stated:
            yield "type", "must be the type that the reference names"
