"""References within a resource: found, made relative, rewritten, or taken out without a trace.

Pure: trees are never changed in place. Which elements are required is R4's own structure
(`structure/*.json`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import fhir_profiles
from consent import elements

ORIGIN = "\0origin"  # a mark on trees that are compared: where an item stood in its list
_SAYS_NOTHING = frozenset({"id", ORIGIN})
_NAMED = b'"reference":"'
_URL_TAIL = re.compile(r"/(?P<local>[A-Z][A-Za-z]+/[^/]+(?:/_history/[^/]+)?)", re.ASCII)


def walk(resource: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Every Reference with its path, such as Task.input[0].valueReference."""
    return elements.references(resource, str(resource.get("resourceType", "")))


def literals(encoded: bytes) -> tuple[str, ...]:
    """Every literal that `walk` finds in a resource, each once, out of the resource's bytes.

    `encoded` is what `encoding.encode` makes. INVARIANT: within a string a quotation mark has a
    backslash before it, so that what follows a brace or a comma is the name of an element.
    """
    found: dict[str, None] = {}
    at = encoded.find(_NAMED)
    while at >= 0:
        start = at + len(_NAMED)
        if encoded[at - 1] in b"{,":
            found[_string(encoded, start)] = None
        at = encoded.find(_NAMED, start)
    return tuple(found)


def _string(encoded: bytes, start: int) -> str:
    """The JSON string whose content starts there."""
    end = encoded.index(b'"', start)
    if encoded.find(b"\\", start, end) < 0:
        return encoded[start:end].decode()
    text: str = json.JSONDecoder().raw_decode(encoded[start - 1 :].decode())[0]
    return text


def local(reference: str) -> tuple[str, str] | None:
    """Type and id of a relative literal reference, versioned or not; None for any other."""
    found = elements.literal(reference)
    if found is None:
        return None
    kind, _, identity = found.partition("/")
    return kind, identity


def relative(reference: str, base_url: str) -> str:
    """ "Type/id" of what lives at our base, without its version; any other reference as it is."""
    inside = reference.removeprefix(base_url.rstrip("/"))
    if inside != reference:
        found = _URL_TAIL.fullmatch(inside)
        return (elements.literal(found["local"]) if found else None) or reference
    return elements.literal(reference) or reference


def rewritten(resource: Any, mapping: Mapping[str, str]) -> Any:
    """The same with each reference that the mapping names replaced, in Bundle entries too.

    Keys are references as written: "urn:uuid:...", "Patient?identifier=...", "Patient/1". What
    holds none of them is not copied.
    """
    if not mapping:
        return resource
    if type(resource) is dict:
        return _rewritten_in(resource, resource.items(), mapping)
    if type(resource) is list:
        return _rewritten_in(resource, enumerate(resource), mapping)
    return resource


def _rewritten_in(
    node: Any, children: Iterable[tuple[Any, Any]], mapping: Mapping[str, str]
) -> Any:
    copy = node
    for name, value in children:
        kind = type(value)
        if kind is dict or kind is list:
            after = rewritten(value, mapping)
        elif name == "reference" and kind is str:
            after = mapping.get(value, value)
        else:
            continue
        if after is not value:
            copy = copy if copy is not node else node.copy()
            copy[name] = after
    return copy


def without(resource: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any] | None:
    """A copy without references to what is hidden; None where one is required for the whole.

    No empty array or object is left. Where a backbone element requires the reference, it goes
    too, and so on upwards. An extension goes whole. A contained resource that has to go takes the
    whole with it. `hidden` names what is held here ("Type/id"), and what is within ("#id", or an
    entry's address).
    """
    kept = _kept(resource, str(resource.get("resourceType", "")), hidden)
    return kept if isinstance(kept, dict) else None


def needs(resource: Mapping[str, Any], hidden: frozenset[str]) -> bool:
    """Whether nothing would remain `without` what is hidden: a required element would go."""
    owner = str(resource.get("resourceType", ""))
    shape = _shape(owner)
    return any(
        _value(name, value, _type(shape, name), hidden) is None
        for name, value in resource.items()
        if type(value) in (dict, list) and (name == "contained" or shape.get(name, {}).get("min"))
    )


def kind_of(owner: str, name: str, value: Any) -> str:
    """R4's type of an element, by the type of what holds it."""
    return _named(_type(_shape(owner), name), value)


def needs_nothing(kind: str) -> bool:
    """Whether any element of this type may stand alone."""
    return not any(each.get("min") for each in _shape(kind).values())


def _kept(node: Any, owner: str, hidden: frozenset[str]) -> Any:
    """What remains of a node; None where it has to go."""
    if not isinstance(node, dict):
        return node
    named = node.get("reference")
    if isinstance(named, str) and (named in hidden or elements.literal(named) in hidden):
        return None
    shape = _shape(owner)
    remaining: dict[str, Any] = {}
    for name, value in node.items():
        kept = _value(name, value, _type(shape, name), hidden)
        if kept is not None or value is None:
            remaining[name] = kept
        elif shape.get(name, {}).get("min") or owner == "Extension" or name == "contained":
            return None
    return remaining if remaining.keys() - _SAYS_NOTHING or remaining == node else None


def _value(name: str, value: Any, kind: str, hidden: frozenset[str]) -> Any:
    """What remains of an element's value or list; None where nothing does.

    A list beside primitives ("_given") keeps its places. A contained resource goes with its
    whole, because references inside the resource may point to it.
    """
    if not isinstance(value, list):
        return _kept(value, _named(kind, value), hidden)
    kept = [_kept(item, _named(kind, item), hidden) for item in value]
    gone = [after is None and before is not None for before, after in zip(value, kept, strict=True)]
    if name == "contained" and any(gone):
        return None
    if not name.startswith("_"):
        kept = [after for after, lost in zip(kept, gone, strict=True) if not lost]
    return kept if any(item is not None for item in kept) or not any(gone) else None


def _type(shape: Mapping[str, Any], name: str) -> str:
    return "Element" if name.startswith("_") else str(shape.get(name, {}).get("type", ""))


def _named(kind: str, value: Any) -> str:
    """A contained resource or entry says its own type."""
    if kind == "Resource" and isinstance(value, dict):
        return str(value.get("resourceType", ""))
    return kind


@cache
def _shape(owner: str) -> Mapping[str, Any]:
    name = owner.partition(".")[0]
    datatypes: Mapping[str, Any] = fhir_profiles.load("structure/datatypes.json")
    if name in datatypes:
        return dict(datatypes.get(owner, {}))
    if f"structure/{name}.json" not in fhir_profiles.names("structure"):
        return {}
    return dict(fhir_profiles.load(f"structure/{name}.json").get(owner, {}))
