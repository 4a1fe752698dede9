"""What a search asks of a row's indexes, as SQL over `resource AS r`.

INVARIANT: token_index and date_index hold what the whole resource says, which its author knows.
Whether that may be asked on another's behalf is for the caller to know.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import assert_never

from gateway.storage.predicate_sql import (
    FEW,
    NEVER,
    Sql,
    Value,
    placeholders,
    sql_and,
    sql_not,
    sql_or,
)


@dataclass(frozen=True, slots=True)
class HasToken:
    """One of these values is kept under the name, as `Resources` keeps them."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasDate:
    """One of the dates kept under the name is what the prefix and the interval ask for."""

    name: str
    prefix: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Changed:
    """The last change, to the millisecond that is shown, is what prefix and interval ask for."""

    prefix: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class WrittenBy:
    organization: str


@dataclass(frozen=True, slots=True)
class HasId:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotSo:
    part: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]


Condition = HasToken | HasDate | Changed | WrittenBy | HasId | NotSo | AllOf | AnyOf

_TESTS = {
    "eq": "{l} >= {low} AND {h} <= {high}",
    "ne": "NOT ({l} >= {low} AND {h} <= {high})",
    "gt": "{h} > {high}",
    "lt": "{l} < {low}",
    "ge": "({h} > {high} OR ({l} >= {low} AND {h} <= {high}))",
    "le": "({l} < {low} OR ({l} >= {low} AND {h} <= {high}))",
    "sa": "{l} > {high}",
    "eb": "{h} < {low}",
    "ap": "{l} <= {high} AND {h} >= {low}",
}
_SHOWN = "(r.updated - r.updated % 1000)"


def condition_sql(condition: Condition, type_: str, *, few: bool) -> Sql:
    """The condition on rows of a type.

    `few` says that something else narrows the rows already (a person, ids), so that each row's own
    entries are looked at; otherwise the entries lead to the rows.
    """
    match condition:
        case HasToken(name, values):
            return _token(type_, name, values, few=few)
        case HasDate(name, prefix, low, high):
            # whole numbers that we computed
            test = _TESTS[prefix].format(l="d.low", h="d.high", low=low, high=high)
            text = (
                f"EXISTS (SELECT 1 FROM date_index d WHERE d.rid = r.rid AND d.name = ? AND {test})"
            )
            return Sql(text, (name,))
        case Changed(prefix, low, high):
            test = _TESTS[prefix].format(l=_SHOWN, h=f"({_SHOWN} + 999)", low=low, high=high)
            return Sql(f"({test})")
        case WrittenBy(organization):
            return Sql("r.author = ?", (organization,))
        case HasId(ids):
            listed = among(ids)
            return Sql(f"r.id IN {listed.text}", listed.values)
        case NotSo(part):
            return sql_not(condition_sql(part, type_, few=True))
        case AllOf(parts):
            return sql_and(*(condition_sql(part, type_, few=few) for part in parts))
        case AnyOf(parts):
            return sql_or(*(condition_sql(part, type_, few=few) for part in parts))
        case _:
            assert_never(condition)


def among(values: tuple[Value, ...]) -> Sql:
    """The values as a list to look in: one by one, or as one value where they are many."""
    if len(values) <= FEW:
        return Sql(f"({placeholders(len(values))})", values)
    if any(isinstance(value, int) for value in values):
        return Sql("(SELECT CAST(value AS INTEGER) FROM json_each(?))", (json.dumps(values),))
    return Sql("(SELECT value FROM json_each(?))", (json.dumps(values),))


def _token(type_: str, name: str, values: tuple[str, ...], *, few: bool) -> Sql:
    if not values:
        return NEVER
    listed = among(values)
    if few:
        return Sql(
            "EXISTS (SELECT 1 FROM token_index t WHERE t.rid = r.rid AND t.name = ?"
            f" AND t.value IN {listed.text})",
            (name, *listed.values),
        )
    return Sql(
        "r.rid IN (SELECT t.rid FROM token_index t WHERE t.name = ?"
        f" AND t.value IN {listed.text} AND t.type = ?)",
        (name, *listed.values, type_),
    )
