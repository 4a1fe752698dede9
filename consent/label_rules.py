"""The labelling rules, read once from `labels/rules.json` into tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import fhir_profiles
from consent import topics

_SCORE = "https://onestory.example/fhir/CodeSystem/score"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule says of what it matches. `name` carries the rule set's version."""

    name: str
    topics: int
    level: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire that we know: its rule, how the linkIds of its items and totals begin, and
    its own codes ("system|code")."""

    id: str
    questionnaire: str
    rule: Rule
    items: tuple[str, ...]
    texts: frozenset[str]
    panel: frozenset[str]

    def asks(self, link_id: str) -> bool:
        """Whether it is an item of the instrument, or where a response states a total of it."""
        return link_id.startswith(self.items) or link_id == "total"


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    version: str
    codes: Mapping[tuple[str, str], Rule]
    instruments: Mapping[str, Instrument]
    types: Mapping[str, Rule]
    without_topic: Rule
    systems_without_topic: frozenset[str]
    neutral_systems: frozenset[str]
    without_content: frozenset[str]
    never_judged: frozenset[str]
    named: Mapping[str, tuple[str, ...]]
    named_services: Mapping[str, tuple[str, ...]]
    answers: frozenset[str]
    not_free_text: frozenset[str]
    opaque_types: frozenset[str]
    skipped_types: frozenset[str]
    harmless_extensions: frozenset[str]
    own_extensions: str

    def instrument(self, resource: Mapping[str, Any]) -> Instrument | None:
        """The instrument that a QuestionnaireResponse answers, in any version."""
        canonical = resource.get("questionnaire")
        if resource.get("resourceType") != "QuestionnaireResponse" or canonical is None:
            return None
        return self.instruments.get(str(canonical).partition("|")[0])

    def coded(self, system: str, code: str) -> Rule | None:
        """The rule for a code; a section of an instrument without its own reads as the whole."""
        if found := self.codes.get((system, code)):
            return found
        if system in self.systems_without_topic:
            return self.without_topic
        if system == _SCORE:
            name = code.partition(".")[0]
            return next((one.rule for one in self.instruments.values() if one.id == name), None)
        return None

    def named_rule(self, name: str) -> str:
        return f"{self.version}#{name}"


@cache
def rules() -> Rules:
    """The current rule set."""
    data = fhir_profiles.load("labels/rules.json")
    version = str(data["version"])
    instruments = [_instrument(row, version) for row in data["instruments"]]
    return Rules(
        version=version,
        codes={
            (row["system"], code): _rule(row["rule"], row, version)
            for row in data["codes"]
            for code in row["codes"]
        },
        instruments={one.questionnaire: one for one in instruments},
        types={
            kind: _rule(row["rule"], row, version) for row in data["types"] for kind in row["types"]
        },
        without_topic=Rule(f"{version}#without-topic", 0, topics.LEVELS.index("N")),
        named={kind: tuple(paths) for kind, paths in data["named"].items()},
        named_services={kind: tuple(paths) for kind, paths in data["named_services"].items()},
        own_extensions=str(data["own_extensions"]),
        **{name: frozenset(data[name]) for name in _SETS},
    )


_SETS = (
    "systems_without_topic",
    "neutral_systems",
    "without_content",
    "never_judged",
    "answers",
    "not_free_text",
    "opaque_types",
    "skipped_types",
    "harmless_extensions",
)


def _instrument(row: Mapping[str, Any], version: str) -> Instrument:
    return Instrument(
        id=row["id"],
        questionnaire=row["questionnaire"],
        rule=_rule(row["id"], row, version),
        items=(*row["items"], "total_"),
        texts=frozenset(row.get("texts", ())),
        panel=frozenset(row.get("panel", ())),
    )


def _rule(name: str, row: Mapping[str, Any], version: str) -> Rule:
    return Rule(
        f"{version}#{name}", topics.mask_of(*row["topics"]), topics.LEVELS.index(row["level"])
    )
