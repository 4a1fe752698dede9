"""What searches find a resource by: the values of its R4 search parameters.

Pure, and driven by data (`search/parameters.json`): the paths of a type are compiled once into a
tree, and one walk of the resource reads them all. Quantities and composites are not here: a stolen
file would tell of them, so they are held against the opened resource (`matching`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import fhir_profiles
from consent.dates import interval
from gateway.fhir.dates import microseconds
from gateway.fhir.entries import Found, Read, reader
from gateway.fhir.search_parameters import Parameter, parameters
from gateway.fhir.types import HELD

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")

_PREFIXED = re.compile(r"(?P<prefix>[a-z]{2})?(?P<date>[0-9].*)")
_INDEXED = ("token", "string", "date", "reference", "uri")
_NOT_INDEXED = ("_id", "_lastUpdated")  # columns of the row


@dataclass(frozen=True, slots=True)
class Indexed:
    """The index entries of one resource; each starts with the search parameter's name.

    Tokens are everything that is kept as a digest, in each form that can be asked for: a code with
    its system, alone, and its system alone ("system|code", "code", "system|", and "|code" without
    a system), a canonical with and without its version, words and their beginnings, an address.
    A name with a modifier holds what that modifier asks for. Dates are whole microseconds since
    1970, UTC, both ends inclusive; a partial date is its whole interval, in Europe/London where no
    offset is stated. References are relative and unversioned, and kept as they are.
    """

    tokens: tuple[tuple[str, str], ...] = ()
    dates: tuple[tuple[str, int, int], ...] = ()
    references: tuple[tuple[str, str], ...] = ()


def index(resource: Mapping[str, Any]) -> Indexed:
    """Everything that a search may find a resource by, whose structure holds; each entry once."""
    type_ = str(resource.get("resourceType", ""))
    found = Found()
    _walk(resource, _tree(type_), found)
    for name, elements in _claims(type_):
        held = any(resource.get(element, False) is not False for element in elements)
        found.tokens.append((name, "true" if held else "false"))
    return Indexed(
        tuple(dict.fromkeys(found.tokens)),
        tuple(dict.fromkeys(found.dates)),
        tuple(dict.fromkeys(found.references)),
    )


@cache
def stands_under(type_: str, name: str) -> tuple[str, ...]:
    """The names under which a parameter's entries stand: its own, or those of the parameters that
    read together just what it reads (combo-code is code and component-code)."""
    known = parameters(type_)
    mine = known[name]
    parts = {
        each.name: set(each.paths)
        for each in known.values()
        if each.kind == mine.kind == "token" and set(each.paths) < set(mine.paths)
    }
    whole = set(mine.paths) == set().union(*parts.values())
    return tuple(sorted(parts)) if whole else (name,)


def prefixed_date(value: str) -> tuple[str, int, int] | None:
    """Prefix, first and last microsecond of a date in a query; None where it is no such thing.

    R4's meaning, with [low, high] the query's whole interval and [l, h] the resource's:
    eq the resource lies within (low <= l and h <= high), ne not so, gt h > high, lt l < low,
    ge h > high or eq, le l < low or eq, sa l > high, eb h < low. ap widens the interval by a
    tenth of its distance from now, which is the caller's to know. No prefix is eq.
    """
    found = _PREFIXED.fullmatch(value)
    if found is None or (found["prefix"] or "eq") not in PREFIXES:
        return None
    times = interval(found["date"])
    if times is None:
        return None
    return found["prefix"] or "eq", microseconds(times[0]), microseconds(times[1])


@dataclass(slots=True)
class _Branch:
    """What is read at an element, and what lies beneath it. `first`: only of a list's first."""

    readers: list[Read] = field(default_factory=list)
    beneath: dict[str, _Branch] = field(default_factory=dict)
    first: bool = False


def _walk(node: Mapping[str, Any], tree: Mapping[str, _Branch], found: Found) -> None:
    for name, value in node.items():
        branch = tree.get(name)
        if branch is None:
            continue
        for item in value if isinstance(value, list) else (value,):
            if item is None:  # a primitive that has only an extension
                continue
            for read in branch.readers:
                read(found, item)
            if branch.beneath and isinstance(item, dict):
                _walk(item, branch.beneath, found)
            if branch.first:
                break


@cache
def _tree(type_: str) -> dict[str, _Branch]:
    """The paths of a type's parameters; those that read one element alike are read at once."""
    if type_ not in HELD:
        return {}
    together: dict[tuple[str, str, str], list[Parameter]] = {}
    for parameter in parameters(type_).values():
        own = stands_under(type_, parameter.name) == (parameter.name,)
        if own and parameter.kind in _INDEXED and parameter.name not in _NOT_INDEXED:
            for path in () if parameter.claim else parameter.paths:
                how = "phonetic" if parameter.name == "phonetic" else parameter.kind
                together.setdefault((path, how, parameter.target), []).append(parameter)
    root = _Branch()
    for (path, how, target), group in together.items():
        names = tuple(parameter.name for parameter in group)
        _plant(root, type_, path, reader(how, _datatype(type_, path), names, target))
    return root.beneath


def _plant(root: _Branch, type_: str, path: str, read: Read) -> None:
    branch = root
    for step in path.split("."):
        name, _, condition = step.partition("[")
        branch = branch.beneath.setdefault(name, _Branch())
        if condition == "0]":
            branch.first = True
        elif condition:
            element, _, wanted = condition.rstrip("]").partition("=")
            read = _only(read, element, wanted)
    branch.readers.append(read)


def _only(read: Read, element: str, wanted: str) -> Read:
    def reading(found: Found, value: Any) -> None:
        if value.get(element) == wanted:
            read(found, value)

    return reading


@cache
def _claims(type_: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((each.name, each.paths) for each in parameters(type_).values() if each.claim)


@cache
def _datatype(type_: str, path: str) -> str:
    """The R4 type of the element at a path."""
    shapes = fhir_profiles.load("structure/datatypes.json")
    shapes = shapes | fhir_profiles.load(f"structure/{type_}.json")
    owner = type_
    for step in path.split("."):
        owner = shapes[owner][step.partition("[")[0]]["type"]
    return owner
