"""The labelling rules, read once from `labels/rules.json` into tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import fhir_profiles
from consent import topics
from consent.instrument_rules import Instrument, instruments
from consent.rule import Rule, rule

LABEL_RULE = "https://onestory.example/fhir/StructureDefinition/label-rule"
_SCORE = "https://onestory.example/fhir/CodeSystem/score"
_RESTRICTED = topics.LEVELS.index("R")


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """One set of rules. `digest` is of all that it says: where it moves, so may labels.

    A code counts by its own rule, else by a reference set that holds it, else by its system.
    """

    version: str
    digest: str
    codes: Mapping[tuple[str, str], Rule]
    members: Mapping[tuple[str, str], Rule]
    systems: Mapping[str, Rule]
    words: Mapping[str, Rule]
    services: Mapping[tuple[str, str], Rule]
    service_elements: tuple[str, ...]
    instruments: Mapping[str, Instrument]
    types: Mapping[str, Rule]
    without_topic: Rule
    systems_without_topic: frozenset[str]
    neutral_systems: frozenset[str]
    without_content: frozenset[str]
    told_in_words: frozenset[str]
    never_judged: frozenset[str]
    named: Mapping[str, tuple[str, ...]]
    named_services: Mapping[str, tuple[str, ...]]
    authored: frozenset[str]
    answers: frozenset[str]
    not_free_text: frozenset[str]
    opaque_types: frozenset[str]
    opaque_elements: frozenset[str]
    skipped_types: frozenset[str]
    units: frozenset[str]
    harmless_extensions: frozenset[str]
    own_extensions: str
    label_rule: str

    def instrument(self, resource: Mapping[str, Any]) -> Instrument | None:
        """The instrument that a QuestionnaireResponse answers, in any version."""
        canonical = resource.get("questionnaire")
        if resource.get("resourceType") != "QuestionnaireResponse" or canonical is None:
            return None
        return self.instruments.get(str(canonical).partition("|")[0])

    def coded(self, system: str, code: str) -> Rule | None:
        """The rule for a code; a section of an instrument without its own reads as the whole."""
        key = (system, code)
        if found := self.codes.get(key) or self.members.get(key) or self.systems.get(system):
            return found
        if mask := topics.bit(system, code):
            return Rule(self.named_rule("topic"), mask, _RESTRICTED)
        if system in self.systems_without_topic:
            return self.without_topic
        if system == _SCORE:
            name = code.partition(".")[0]
            return next((one.rule for one in self.instruments.values() if one.id == name), None)
        return None

    def said(self, text: str) -> Rule | None:
        """The rule of the code whose words, as we put them, a text is."""
        return self.words.get(" ".join(text.casefold().split()))

    def named_rule(self, name: str) -> str:
        return f"{self.version}#{name}"


@cache
def rules() -> Rules:
    """The rules that come with the product."""
    return made(
        fhir_profiles.load("labels/rules.json"),
        fhir_profiles.load("labels/reference_sets.json"),
    )


def made(data: Mapping[str, Any], sets: Mapping[str, Any], site: str = "") -> Rules:
    """A set of rules from its data and the reference sets, with the version of a site's rules where
    some of the rows are a site's; each row names its own version."""
    version = str(data["version"])
    neutral = frozenset(data["neutral_systems"])
    coded = _by_code(data["codes"], version)
    services = data["services"]
    return Rules(
        version=f"{version}+{site}" if site else version,
        digest=_digest(data, sets, fhir_profiles.load("labels/topics.json")),
        codes=coded,
        members=_by_code([{"system": sets["system"], **row} for row in sets["sets"]], version),
        systems={s: rule(row, version) for row in data["systems"] for s in row["systems"]},
        words=_words(coded),
        services=_by_code(
            [{"system": services["system"], **row} for row in services["rules"]], version
        ),
        service_elements=tuple(services["elements"]),
        instruments={one.questionnaire: one for one in instruments(data["instruments"], version)},
        types={kind: rule(row, version) for row in data["types"] for kind in row["types"]},
        without_topic=Rule(f"{version}#without-topic", 0, topics.LEVELS.index("N")),
        named=_paths(data["named"]),
        named_services=_paths(services["named"]),
        authored=frozenset(services["authored"]),
        neutral_systems=neutral,
        own_extensions=str(data["own_extensions"]),
        label_rule=LABEL_RULE,
        **{name: frozenset(data[name]) for name in _SETS},
    )


_SETS = (
    "systems_without_topic",
    "without_content",
    "told_in_words",
    "never_judged",
    "answers",
    "not_free_text",
    "opaque_types",
    "opaque_elements",
    "skipped_types",
    "units",
    "harmless_extensions",
)


def _by_code(rows: Iterable[Mapping[str, Any]], version: str) -> dict[tuple[str, str], Rule]:
    return {(row["system"], code): rule(row, version) for row in rows for code in row["codes"]}


def _words(coded: Mapping[tuple[str, str], Rule]) -> dict[str, Rule]:
    """Our own words for codes that have a rule: whoever writes them says that code."""
    found: dict[str, Rule] = {}
    for system, displays in fhir_profiles.load("displays.json")["systems"].items():
        for code, display in displays.items():
            if (system, code) in coded:
                found[" ".join(display.casefold().split())] = coded[system, code]
    return found


def _paths(data: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {kind: tuple(paths) for kind, paths in data.items()}


def _digest(*parts: Any) -> str:
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
