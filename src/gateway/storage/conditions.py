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
class MaySeemOlder:
    """Changed since, and written by another than this organisation: to whom the change may not
    show, so that its last change may seem to be an earlier one."""

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


Condition = HasToken | HasDate | Changed | WrittenBy | MaySeemOlder | HasId | NotSo | AllOf | AnyOf

# What each prefix asks of the interval {l} to {h}, and which ends of the wanted one it is held to.
# INVARIANT: a text names no moment: a search since another one is no new statement to prepare.
_TESTS = {
    "eq": ("{l} >= ? AND {h} <= ?", "low high"),
    "ne": ("NOT ({l} >= ? AND {h} <= ?)", "low high"),
    "gt": ("{h} > ?", "high"),
    "lt": ("{l} < ?", "low"),
    "ge": ("({h} > ? OR ({l} >= ? AND {h} <= ?))", "high low high"),
    "le": ("({l} < ? OR ({l} >= ? AND {h} <= ?))", "low low high"),
    "sa": ("{l} > ?", "high"),
    "eb": ("{h} < ?", "low"),
    "ap": ("{l} <= ? AND {h} >= ?", "high low"),
}
_SHOWN = "(r.updated - r.updated % 1000)"


def condition_sql(condition: Condition) -> Sql:
    """The condition on one row, by that row's own entries."""
    match condition:
        case HasToken(name, values):
            return _token(name, values)
        case HasDate(name, prefix, low, high):
            test = _held_to(prefix, ("d.low", "d.high"), low, high)
            text = "SELECT 1 FROM date_index d WHERE d.rid = r.rid AND d.name = ?"
            return Sql(f"EXISTS ({text} AND {test.text})", (name, *test.values))
        case Changed(prefix, low, high):
            test = _held_to(prefix, (_SHOWN, f"({_SHOWN} + 999)"), low, high)
            return Sql(f"({test.text})", test.values)
        case WrittenBy(organization):
            return Sql("r.author = ?", (organization,))
        case MaySeemOlder(organization):
            return Sql("(r.version > 1 AND r.author <> ?)", (organization,))
        case HasId(ids):
            listed = among(ids)
            return Sql(f"r.id IN {listed.text}", listed.values)
        case NotSo(part):
            return sql_not(condition_sql(part))
        case AllOf(parts):
            return sql_and(*(condition_sql(part) for part in parts))
        case AnyOf(parts):
            return sql_or(*(condition_sql(part) for part in parts))
        case _:
            assert_never(condition)


def _held_to(prefix: str, own: tuple[str, str], low: int, high: int) -> Sql:
    """Two columns, the ends of an interval, held to a wanted one as a prefix asks."""
    text, order = _TESTS[prefix]
    ends = {"low": low, "high": high}
    return Sql(text.format(l=own[0], h=own[1]), tuple(ends[end] for end in order.split()))


def among(values: tuple[Value, ...]) -> Sql:
    """The values as a list to look in: one by one, or as one value where they are many. No text
    that is kept holds NUL, so one that does is found nowhere."""
    if len(values) <= FEW:
        return Sql(f"({placeholders(len(values))})", values)
    texts = (each.replace("\0", "\ufffd") if isinstance(each, str) else each for each in values)
    one = json.dumps(list(texts))
    if any(isinstance(value, int) for value in values):
        return Sql("(SELECT CAST(value AS INTEGER) FROM json_each(?))", (one,))
    return Sql("(SELECT value FROM json_each(?))", (one,))


def _token(name: str, values: tuple[str, ...]) -> Sql:
    if not values:
        return NEVER
    listed = among(values)
    return Sql(
        "EXISTS (SELECT 1 FROM token_index t WHERE t.rid = r.rid AND t.name = ?"
        f" AND t.value IN {listed.text})",
        (name, *listed.values),
    )


def leading(condition: Condition, type_: str) -> Sql | None:
    """The rows that the condition can be true of, where its entries lead to them."""
    match condition:
        case HasToken(name, values) if values:
            listed = among(values)
            return Sql(
                "SELECT t.rid FROM token_index t WHERE t.name = ?"
                f" AND t.value IN {listed.text} AND t.type = ?",
                (name, *listed.values, type_),
            )
        case AllOf(parts):
            found = (leading(part, type_) for part in parts)
            return next((each for each in found if each is not None), None)
        case AnyOf(parts) if parts:
            all_of_them = [leading(part, type_) for part in parts]
            kept = [each for each in all_of_them if each is not None]
            if len(kept) < len(parts):
                return None
            given = tuple(value for each in kept for value in each.values)
            return Sql(" UNION ".join(each.text for each in kept), given)
        case _:
            return None
