"""Whom the author of a resource names as its recipients, besides themselves: an extension at its
root. The ceiling is taken away for them; a permit is needed all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from consent.elements import at, identified, literal

NAMED_RECIPIENT = "https://onestory.example/fhir/StructureDefinition/named-recipient"
_KIND = "Organization"


def recipients_of(resource: Mapping[str, Any]) -> frozenset[str]:
    """The organisations that it names, each by "Organization/id" or "system|value".

    Narrow: where a reference stands, an identifier beside it names nobody.
    """
    found = (recipient_in(each) for each in at(resource, "extension") if is_naming(each))
    return frozenset(one for one in found if one is not None)


def recipient_in(extension: Mapping[str, Any]) -> str | None:
    """The one organisation that such an extension names; None where it names none."""
    named = extension.get("valueReference")
    if not isinstance(named, dict) or named.get("type", _KIND) != _KIND:
        return None
    if "reference" not in named:
        return identified(named)
    party = literal(named["reference"])
    return party if party is not None and party.startswith(f"{_KIND}/") else None


def is_naming(extension: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is the extension that names a recipient."""
    return isinstance(extension, dict) and extension.get("url") == NAMED_RECIPIENT


def unnamed(resource: dict[str, Any]) -> dict[str, Any]:
    """A copy that names nobody, as all but its author receive it: whom else it is for would tell
    that something of it is kept. The same object where it names nobody."""
    extensions = resource.get("extension", ())
    if not any(map(is_naming, extensions)):
        return resource
    left = [each for each in extensions if not is_naming(each)]
    if left:
        return resource | {"extension": left}  # where it stood
    return {name: value for name, value in resource.items() if name != "extension"}
