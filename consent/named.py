"""What a resource names that lends it its labels: as the rules list it, contained parts too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.elements import at
from consent.label_rules import Rules


def carried(resource: Mapping[str, Any], table: Rules) -> tuple[Mapping[str, Any], ...]:
    """The References whose targets lend their labels, of the resource and of all that it holds;
    but for what it holds itself, which is judged where it stands, and what says nothing."""
    holds_others = "contained" in resource or "entry" in resource
    if not holds_others and _type(resource) not in table.named:
        return ()  # most resources
    whole = tuple(_whole(resource))
    held = {name for part in whole for name in _names(part)}
    return tuple(
        reference
        for part in whole
        for reference in references_at(part, table.named.get(_type(part), ()))
        if kind_of(reference) not in table.without_content and not _is_held(reference, held)
    )


def references_at(
    resource: Mapping[str, Any], paths: tuple[str, ...]
) -> Iterator[Mapping[str, Any]]:
    """Each Reference at these paths."""
    for path in paths:
        for value in at(resource, path):
            if isinstance(value, dict):
                yield value


def kind_of(reference: Mapping[str, Any]) -> str:
    """The type that a reference points to, by its path or as it says; "" where it does not say."""
    parts = str(reference.get("reference", "")).partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) > 1 else str(reference.get("type", ""))


def _whole(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The resource, and every one that it holds: contained, or an entry of a Bundle."""
    yield resource
    for path in ("contained", "entry.resource"):
        for part in at(resource, path):
            if isinstance(part, dict) and "resourceType" in part:
                yield from _whole(part)


def _names(part: Mapping[str, Any]) -> Iterator[str]:
    """By what others in the same whole may refer to a part."""
    if "id" in part:
        yield f"#{part['id']}"
    for entry in at(part, "entry"):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            inner = entry["resource"]
            yield str(entry.get("fullUrl", ""))
            yield f"{_type(inner)}/{inner.get('id', '')}"


def _is_held(reference: Mapping[str, Any], held: set[str]) -> bool:
    target = reference.get("reference")
    return isinstance(target, str) and (target.startswith("#") or target in held)


def _type(resource: Mapping[str, Any]) -> str:
    return str(resource.get("resourceType"))
