"""A StructureDefinition of ours read into rules: one for each element that it constrains.

Only its own constraints are read, and those of the definitions of ours that it is based on; what
R4 asks is held by `structure` and `rules`. What is not understood is refused when it is read, not
passed over: the tests read every definition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fhir_profiles import load, names

Json = dict[str, Any]

BASE = "https://onestory.example/fhir/StructureDefinition/"
_CORE = "http://hl7.org/fhir/StructureDefinition/"
_UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
_BY_VALUE = ("value", "pattern")


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant of a profile: a FHIRPath expression that must be true where it stands."""

    key: str
    base: str
    expression: str
    words: str
    severity: str


@dataclass(slots=True)
class Rule:
    """What a definition asks of one element, or of one slice of it."""

    name: str
    least: int = 0
    most: int | None = None
    fixed: Any = None
    pattern: Any = None
    types: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    codes: frozenset[tuple[str, str]] = frozenset()
    value_set: str = ""
    constraints: tuple[Constraint, ...] = ()
    discriminators: tuple[tuple[str, str], ...] = ()
    closed: bool = False
    elements: dict[str, Rule] = field(default_factory=dict)
    slices: dict[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """One definition: the type that it is about, and the rules for it, its bases' first."""

    url: str
    name: str
    type: str
    roots: tuple[Rule, ...]


@cache
def definitions() -> dict[str, Json]:
    """Our StructureDefinitions by their address."""
    found = (load(path) for path in names("structure_definitions"))
    return {definition["url"]: definition for definition in found}


@cache
def profile(canonical: str) -> Profile | None:
    """Our profile of this address, of the version that it names or of any; None if it is not."""
    url, _, version = canonical.partition("|")
    definition = definitions().get(url)
    if definition is None or version not in ("", definition["version"]):
        return None
    base = profile(definition["baseDefinition"])
    roots = (*(base.roots if base else ()), _read(definition))
    return Profile(url, definition["name"], definition["type"], roots)


def _read(definition: Json) -> Rule:
    """The rule for the root, with those for all that is below it."""
    root = Rule(definition["type"])
    for element in definition["differential"]["element"]:
        rule = root
        for step in element["id"].split(".")[1:]:
            name, _, slice_name = step.partition(":")
            rule = rule.elements.setdefault(name, Rule(name))
            if slice_name:
                rule = rule.slices.setdefault(slice_name, Rule(name))
        _constrain(rule, element)
    _drop_idle(root)
    return root


def _drop_idle(rule: Rule) -> None:
    """Leave out elements of which a definition only speaks, and asks nothing."""
    for below in (*rule.elements.values(), *rule.slices.values()):
        _drop_idle(below)
    rule.elements = {name: each for name, each in rule.elements.items() if _asks(each)}


def _asks(rule: Rule) -> bool:
    """Whether the rule can be broken."""
    stated = rule.least or rule.most is not None or rule.fixed is not None
    bound = rule.pattern is not None or rule.codes or rule.targets or rule.constraints
    chosen = rule.types and rule.name.endswith("[x]")
    return bool(stated or bound or chosen or rule.extensions or rule.elements or rule.slices)


def _constrain(rule: Rule, element: Json) -> None:
    """Put what one ElementDefinition says into its rule."""
    rule.least = element.get("min", 0)
    rule.most = int(element["max"]) if element.get("max", "*") != "*" else None
    rule.fixed = _stated(element, "fixed")
    rule.pattern = _stated(element, "pattern")
    rule.constraints = tuple(_constraints(element))
    if "slicing" in element:
        slicing = element["slicing"]
        rule.discriminators = tuple((d["type"], d["path"]) for d in slicing["discriminator"])
        rule.closed = slicing.get("rules") == "closed"
        if not all(kind in _BY_VALUE for kind, _ in rule.discriminators):
            raise ValueError(f"{element['id']}: slices are told apart by value or pattern only")
    _of_types(rule, element.get("type", []))
    binding = element.get("binding", {})
    if binding.get("strength") == "required":
        rule.value_set = binding["valueSet"].partition("|")[0]
        rule.codes = codes_of(rule.value_set)


def _of_types(rule: Rule, types: list[Json]) -> None:
    rule.types = frozenset(kind["code"] for kind in types)
    profiles = {url for kind in types for url in kind.get("profile", ())}
    rule.extensions = frozenset(url for url in profiles if rule.types == {"Extension"})
    rule.targets = frozenset(
        url.removeprefix(_UK_CORE).removeprefix(_CORE)
        for kind in types
        for url in kind.get("targetProfile", ())
    )


def _stated(element: Json, kind: str) -> Any:
    """The value of fixed[x] or pattern[x]; nothing where there is none."""
    return next((value for name, value in element.items() if name.startswith(kind)), None)


def _constraints(element: Json) -> Iterator[Constraint]:
    for each in element.get("constraint", ()):
        yield Constraint(
            each["key"], element["path"], each["expression"], each["human"], each["severity"]
        )


@cache
def codes_of(value_set: str) -> frozenset[tuple[str, str]]:
    """The (system, code) pairs of one of our ValueSets, from our CodeSystems where it has all."""
    sets = {found["url"]: found for found in map(load, names("value_sets"))}
    listed: set[tuple[str, str]] = set()
    for part in sets[value_set]["compose"]["include"]:
        concepts = part.get("concept") or _concepts_of(part["system"])
        listed |= {(part["system"], concept["code"]) for concept in concepts}
    return frozenset(listed)


def _concepts_of(system: str) -> list[Json]:
    systems = {found["url"]: found for found in map(load, names("codesystems"))}
    return list(systems[system]["concept"])
