"""What a shared care plan should hold: the rules, their words, and when they apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import fhir_profiles
from mappings.care_plan_codes import Code, named

RULES = "care_plan/rules.json"
OPEN = frozenset({"active", "on-hold"})
LIVE = OPEN | {"completed"}
WHEN = {
    "active": frozenset({"active"}),
    "open": OPEN,
    "live": LIVE,
    "leaving": frozenset({"completed"}),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `severity` is R4's issue-severity; `at` the element that its message names.

    `look_in` says where one of `codes`, `questionnaires` or `types` satisfies it; rules without
    it are judged by a function of their own.
    """

    id: str
    element: str
    severity: str
    when: str
    at: str
    words: str
    look_in: tuple[str, ...]
    codes: frozenset[Code]
    questionnaires: tuple[str, ...]
    types: tuple[str, ...]
    columns: tuple[str, ...]
    each_column: bool

    def applies(self, status: str, *, moving: bool) -> bool:
        """Whether it is asked of a plan of that status. A draft may be unfinished."""
        if self.when == "moving":
            return status == "completed" or (moving and status in OPEN)
        return self.when == "always" or status in WHEN[self.when]


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its id, in reading order: what matters to the person and strengths first."""
    return {row["id"]: _rule(row) for row in data("rules")}


def data(name: str) -> Any:
    """A part of the table of rules."""
    return fhir_profiles.load(RULES)[name]


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        row["id"],
        row["element"],
        row["severity"],
        row["when"],
        row["at"],
        row["words"],
        tuple(row.get("look_in", ())),
        frozenset(named(row.get("codes", ()))),
        tuple(row.get("questionnaires", ())),
        tuple(row.get("types", ())),
        tuple(row.get("columns", ())),
        row.get("all", False),
    )


def asked_of_rows(status: str, filled: Set[str]) -> Iterator[tuple[str, str]]:
    """(column, words) for each error that a flat plan of that status would be as FHIR."""
    for rule in rules().values():
        if rule.when == "always" or not rule.applies(status, moving=False):
            continue
        missing = [column for column in rule.columns if column not in filled]
        if missing and (rule.each_column or len(missing) == len(rule.columns)):
            yield missing[0], rule.words


def waits_for_abstinence(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(column, words) for each text by which help waits until the person stops."""
    rule = rules()["abstinent-first"]
    for column in rule.columns:
        if asks_for_abstinence(texts.get(column, "")):
            yield column, rule.words


def asks_for_abstinence(text: str) -> bool:
    folded = text.casefold()
    return any(phrase in folded for phrase in data("abstinent_first"))
