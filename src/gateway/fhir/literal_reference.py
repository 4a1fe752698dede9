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
_ELSEWHERE = re.compile(r"#\S*|urn:\S+|[a-z][a-z0-9+.\-]*:\S+")


def type_named(reference: str) -> str | None:
    """The R4 type that a literal or conditional reference names, if it names one."""
    found = _LITERAL.fullmatch(reference) or _CONDITIONAL.fullmatch(reference)
    return found["type"] if found and found["type"] in known() else None


def is_conditional(reference: str) -> bool:
    """Whether the reference is a search, "Type?name=value", which only a transaction resolves."""
    return _CONDITIONAL.fullmatch(reference) is not None


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
