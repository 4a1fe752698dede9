"""What a resource breaks of one of our profiles: every problem at once, each with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from consent.elements import at
from gateway.fhir.fhirpath import is_true
from gateway.fhir.literal_reference import type_named
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.profile_rules import Json, Profile, Rule, profile
from gateway.fhir.shapes import Place, root_of

Item = tuple[Any, Place]

_BY_URL = (("value", "url"),)  # how R4 tells extensions apart where a definition says nothing


def stated(resource: Json) -> list[Profile]:
    """Our profiles that the resource says it follows; others' are not ours to check."""
    meta = resource.get("meta")
    named = meta.get("profile", []) if isinstance(meta, dict) else []
    found = (profile(canonical) for canonical in named if isinstance(canonical, str))
    return [each for each in found if each is not None]


def problems(resource: Json, of: Profile, path: str = "") -> list[Problem]:
    """Every problem of a structurally sound resource by one profile."""
    place = Place(None, path or root_of(resource))
    if resource.get("resourceType") != of.type:
        words = f"must be {of.type}, which the profile {of.name} is about"
        return [Problem(Kind.PROFILE, words, str(place))]
    check = _Check(resource, of.name)
    return [found for root in of.roots for found in check.value(root, resource, place)]


@dataclass(frozen=True, slots=True)
class _Check:
    """The check of one resource by one profile."""

    resource: Json
    name: str

    def say(self, kind: Kind, words: str, place: Place, severity: str = "error") -> Problem:
        return Problem(kind, f"{words} ({self.name})", str(place), severity)

    def value(self, rule: Rule, value: Any, place: Place) -> Iterator[Problem]:
        """What is wrong with one value of an element, and with all that is below it."""
        yield from self.itself(rule, value, place)
        for each in rule.constraints:
            if not is_true(each.expression, each.base, value, self.resource):
                words = f"{each.key}: {each.words}"
                yield self.say(Kind.INVARIANT, words, place, each.severity)
        if isinstance(value, dict):
            for element in rule.elements.values():
                yield from self.element(element, value, place)
            for definition in _extensions_named(rule, value):
                yield from _Check(self.resource, definition.name).all_of(definition, value, place)

    def all_of(self, definition: Profile, value: Json, place: Place) -> Iterator[Problem]:
        for root in definition.roots:
            yield from self.value(root, value, place)

    def itself(self, rule: Rule, value: Any, place: Place) -> Iterator[Problem]:
        """Whether a value is what the definition fixes, or fits its pattern, codes and targets."""
        if rule.fixed is not None and value != rule.fixed:
            yield self.say(Kind.PROFILE_VALUE, f"must be {_shown(rule.fixed)}", place)
        if rule.pattern is not None and not _fits(rule.pattern, value):
            yield self.say(Kind.PROFILE_VALUE, f"must have {_shown(rule.pattern)}", place)
        if rule.codes and not _is_bound(rule, value):
            words = f"must have a code of the value set {rule.value_set}"
            yield self.say(Kind.PROFILE_CODE, words, place)
        if rule.targets and _leads_elsewhere(rule.targets, value):
            words = f"must refer to {' or '.join(sorted(rule.targets))}"
            yield self.say(Kind.PROFILE_VALUE, words, place)

    def element(self, rule: Rule, holder: Json, place: Place) -> Iterator[Problem]:
        """What is wrong with an element: how often it is there, each value, each slice."""
        items = list(_items(rule.name, holder, place))
        count = max(len(items), int(f"_{rule.name}" in holder))
        named = place.at(rule.name.removesuffix("[x]"))
        yield from self.counted(rule, count, rule.name, named)
        for key in _other_types(rule, holder):
            allowed = " or ".join(sorted(rule.types))
            yield self.say(Kind.PROFILE, f"must be of type {allowed}", place.at(key))
        for value, at_place in items:
            yield from self.value(rule, value, at_place)
        yield from self.sliced(rule, items, named)

    def counted(self, rule: Rule, count: int, what: str, place: Place) -> Iterator[Problem]:
        if count < rule.least:
            words = f"{what} is required" if rule.least == 1 else f"needs {rule.least} of {what}"
            yield self.say(Kind.PROFILE_REQUIRED, words, place)
        if rule.most is not None and count > rule.most:
            words = f"may have {rule.most} of {what}" if rule.most else f"leave {what} out"
            yield self.say(Kind.PROFILE, words, place)

    def sliced(self, rule: Rule, items: list[Item], place: Place) -> Iterator[Problem]:
        """Each slice counted and checked; where slices are closed, what belongs to none."""
        kinds = rule.discriminators or _BY_URL
        left = items
        for name, each in rule.slices.items():
            mine = [item for item in items if is_in_slice(each, kinds, item[0])]
            left = [item for item in left if item not in mine]
            yield from self.counted(each, len(mine), f"{rule.name} {name}", place)
            for value, at_place in mine:
                yield from self.value(each, value, at_place)
        if rule.closed:
            words = f"must be one of {', '.join(rule.slices)}"
            yield from (self.say(Kind.PROFILE, words, at_place) for _, at_place in left)


def is_in_slice(rule: Rule, discriminators: tuple[tuple[str, str], ...], value: Any) -> bool:
    """Whether a value belongs to the slice, by what the slice says at each discriminator."""
    return all(_agrees(rule, path, value) for _, path in discriminators)


def _agrees(rule: Rule, path: str, value: Any) -> bool:
    if path == "url" and rule.extensions:
        return isinstance(value, dict) and value.get("url") in rule.extensions
    told, found = rule, [value]
    if path != "$this":
        for step in path.split("."):
            told = told.elements[step]
        found = list(at(value, path))
    if told.codes:
        return any(_is_bound(told, each) for each in found)
    wanted = told.pattern if told.fixed is None else told.fixed
    return wanted is not None and any(_fits(wanted, each) for each in found)


def _items(name: str, holder: Json, place: Place) -> Iterator[Item]:
    """Each value of an element with its place; of a value[x], whichever is there."""
    for key in _keys(name, holder):
        held = holder[key]
        if isinstance(held, list):
            yield from ((each, Place(place, key, index)) for index, each in enumerate(held))
        else:
            yield held, Place(place, key)


def _keys(name: str, holder: Json) -> list[str]:
    if not name.endswith("[x]"):
        return [name] if name in holder else []
    stem = name.removesuffix("[x]")
    return [key for key in holder if key.startswith(stem) and key[len(stem) :][:1].isupper()]


def _other_types(rule: Rule, holder: Json) -> list[str]:
    """The names of a value[x] that are not of a type that the definition allows."""
    if not rule.name.endswith("[x]") or not rule.types:
        return []
    stem = rule.name.removesuffix("[x]")
    allowed = {stem + code[0].upper() + code[1:] for code in rule.types}
    return [key for key in _keys(rule.name, holder) if key not in allowed]


def _extensions_named(rule: Rule, value: Json) -> list[Profile]:
    """The definition of ours that a slice of extensions names."""
    found = [profile(url) for url in rule.extensions if url == value.get("url")]
    return [each for each in found if each is not None]


def _fits(pattern: Any, value: Any) -> bool:
    """R4's pattern: all that it has is in the value; lists have each of its items somewhere."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and _fits(part, value[name]) for name, part in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(
            any(_fits(part, each) for each in value) for part in pattern
        )
    return bool(pattern == value)


def _is_bound(rule: Rule, value: Any) -> bool:
    """Whether a code, Coding, CodeableConcept or Quantity is of the value set."""
    if isinstance(value, str):
        return any(value == code for _, code in rule.codes)
    return not rule.codes.isdisjoint(_codings(value))


def _codings(value: Any) -> Iterator[tuple[str, str]]:
    """The (system, code) pairs of a Coding, CodeableConcept or Quantity."""
    for coding in value.get("coding", [value]) if isinstance(value, dict) else ():
        if isinstance(coding, dict):
            yield str(coding.get("system", "")), str(coding.get("code", ""))


def _leads_elsewhere(targets: frozenset[str], value: Any) -> bool:
    """Whether a Reference names a type, and another one."""
    if not isinstance(value, dict):
        return False
    named = type_named(str(value.get("reference", ""))) or value.get("type")
    return named is not None and named not in targets


def _shown(value: Any) -> str:
    """A value of a definition in words: as it is, or as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
