"""Parameters as plain JSON, and back: each part is a member, a name that repeats is a list.

A reference or identifier reads as "Type/id" or "system|value", because that is how a decision names
parties; a Coding stays one only where `codings` says that its member lists codings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from consent.elements import identified

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """One parameter or part: its name, the FHIRPath of its place, and its JSON."""

    name: str
    place: str
    json: Json


@dataclass(slots=True)
class Members:
    """Parts read as the members of an object, and where each stood ("base.purposes" and so on)."""

    values: Json = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def listed(owner: Mapping[str, Any], element: str, place: str) -> Iterator[Named]:
    """The parameters or parts of an owner; one without a name is named ''."""
    found = owner.get(element)
    for index, each in enumerate(found if isinstance(found, list) else ()):
        one = each if isinstance(each, dict) else {}
        name = one.get("name")
        yield Named(name if isinstance(name, str) else "", f"{place}.{element}[{index}]", one)


def members(
    owner: Named, lists: Collection[str] = (), codings: Collection[str] = (), within: str = ""
) -> Members:
    """The parts of a parameter; `lists` are the members that are lists, however often given."""
    found = Members()
    for part in listed(owner.json, "part", owner.place):
        path = f"{within}{part.name}"
        if "part" in part.json:
            beneath = members(part, lists, codings, f"{path}.")
            value, place = beneath.values, part.place
            found.places |= beneath.places
        else:
            value, place = _value(part.json, as_coding=path in codings), f"{part.place}.value"
        found.places.setdefault(path, place)
        _add(found.values, part.name, value, is_list=path in lists)
    return found


def _add(values: Json, name: str, value: Any, *, is_list: bool) -> None:
    """A member that is given twice and is no list keeps both, so that its reader refuses it."""
    if is_list:
        values.setdefault(name, []).append(value)
    elif name in values:
        values[name] = [values[name], value]
    else:
        values[name] = value


def _value(part: Json, *, as_coding: bool) -> Any:
    """What value[x] says; None where there is none."""
    name = next((one for one in part if one.startswith("value")), "")
    value = part.get(name)
    if not isinstance(value, dict) or as_coding:
        return value
    match name:
        case "valueReference":
            return value.get("reference") or identified(value)
        case "valueIdentifier":
            return identified({"identifier": value})
        case "valueCoding":
            return value.get("code")
        case _:
            return value


def parts(values: Mapping[str, Any], types: Mapping[str, str]) -> list[Json]:
    """An object as parts; `types` gives a member's value[x], valueString where it is silent."""
    found: list[Json] = []
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping) and name not in types:
                found.append({"name": name, "part": parts(one, types)})
            elif one is not None:
                found.append({"name": name, types.get(name, "valueString"): one})
    return found
