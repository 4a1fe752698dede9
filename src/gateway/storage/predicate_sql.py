"""Compiles a condition over facts to an SQL expression over `resource AS r` and its side tables.

INVARIANT: agrees with `consent.predicate.holds` on every atom.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from consent.predicate import (
    All,
    Any,
    AnyTopic,
    Condition,
    Constant,
    DatesTouch,
    DatesWithin,
    FromSource,
    HasCode,
    HasText,
    IsOneOf,
    LevelAtLeast,
    LevelAtMost,
    NamesRecipient,
    Not,
    OfClass,
    Pending,
    RefersTo,
    TopicsWithin,
    UnderCeiling,
    Unjudged,
    Unsourced,
)
from consent.reading_facts import RESOURCE_TYPES
from gateway.storage.times import microseconds

FEW = 100  # values that stand one by one
Value = str | int | bytes | None
Digest = Callable[[str, str], str]  # kind and value of a fact, as it is kept


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression and the values of its placeholders, in order."""

    text: str
    values: tuple[Value, ...] = ()


ALWAYS = Sql("TRUE")
NEVER = Sql("FALSE")


def joined(parts: Iterable[Sql], word: str, empty: Sql) -> Sql:
    """The parts as one balanced expression: SQLite allows a depth of 1,000 and no more."""
    kept = list(parts)
    if not kept:
        return empty
    while len(kept) > 1:
        pairs = [
            Sql(f"({left.text} {word} {right.text})", left.values + right.values)
            for left, right in zip(kept[::2], kept[1::2], strict=False)
        ]
        kept = pairs + (kept[-1:] if len(kept) % 2 else [])
    return kept[0]


def sql_and(*parts: Sql) -> Sql:
    kept = [part for part in parts if part is not ALWAYS]
    return NEVER if NEVER in kept else joined(kept, "AND", ALWAYS)


def sql_or(*parts: Sql) -> Sql:
    kept = [part for part in parts if part is not NEVER]
    return ALWAYS if ALWAYS in kept else joined(kept, "OR", NEVER)


def sql_not(part: Sql) -> Sql:
    if part is ALWAYS:
        return NEVER
    return ALWAYS if part is NEVER else Sql(f"NOT {part.text}", part.values)


def compiled(condition: Condition, digest: Digest, labelled: int) -> Sql:
    """The expression that is true of exactly the rows whose facts the condition holds of.

    `labelled` is the number of the labelling rules in force: what others labelled is pending. What
    is the same in every such expression stands in its text: each value is bound at each search.
    """
    match condition:
        case Constant(value):
            return ALWAYS if value else NEVER
        case AnyTopic(mask):
            return Sql("(r.topics & ?) != 0", (mask,))
        case TopicsWithin(mask):
            return Sql("(r.topics != 0 AND (r.topics & ~?) = 0)", (mask,))
        case LevelAtMost(level):
            return Sql("r.level <= ?", (level,))
        case LevelAtLeast(level):
            return Sql("r.level >= ?", (level,))
        case Unjudged():
            return Sql(f"(r.labelled = {-labelled:d} AND r.pending = 1)")
        case Pending():
            return Sql(f"(r.labelled NOT IN ({labelled:d}, {-labelled:d}) OR r.pending = 2)")
        case UnderCeiling():
            return Sql("r.ceiling = 1")
        case NamesRecipient(recipients):
            return _fact("recipient", recipients, digest)
        case OfClass(classes):
            return _of_class(classes, digest)
        case HasCode(codes):
            return _fact("code", codes, digest)
        case HasText(texts):
            return _fact("text", texts, digest)
        case FromSource(sources):
            return _fact("source", sources, digest)
        case Unsourced():
            return Sql(
                "NOT EXISTS (SELECT 1 FROM fact f WHERE f.rid = r.rid AND f.kind = 'source')"
            )
        case DatesWithin(start, end):
            return sql_and(
                Sql("r.dated_from IS NOT NULL"),
                _bound("r.dated_from >= ?", start),
                _bound("r.dated_to <= ?", end),
            )
        case DatesTouch(start, end):
            inside = sql_and(_bound("r.dated_to >= ?", start), _bound("r.dated_from <= ?", end))
            return sql_or(Sql("r.dated_from IS NULL"), inside)
        case IsOneOf(references):
            return _is_one_of(references)
        case RefersTo(references):
            return _fact("reference", references, digest)
        case Not(inner):
            return sql_not(compiled(inner, digest, labelled))
        case All(parts):
            return sql_and(*(compiled(part, digest, labelled) for part in parts))
        case Any(parts):
            return sql_or(*(compiled(part, digest, labelled) for part in parts))
        case _:
            assert_never(condition)


def placeholders(count: int) -> str:
    return ",".join("?" * count)


def _fact(kind: str, values: Iterable[str], digest: Digest) -> Sql:
    wanted = tuple(digest(kind, value) for value in sorted(values))
    if not wanted:
        return NEVER
    listed = _listed(wanted)
    return Sql(
        f"EXISTS (SELECT 1 FROM fact f WHERE f.rid = r.rid AND f.kind = '{kind}'"
        f" AND f.value IN {listed.text})",
        listed.values,
    )


def _of_class(classes: frozenset[str], digest: Digest) -> Sql:
    """A type is a column, and every resource is of its own; profiles and documents' are facts."""
    types = {one.rpartition("|")[2] for one in classes if one.startswith(f"{RESOURCE_TYPES}|")}
    others = {one for one in classes if not one.startswith(f"{RESOURCE_TYPES}|")}
    of_type = Sql(f"r.type IN ({placeholders(len(types))})", tuple(sorted(types)))
    return sql_or(of_type if types else NEVER, _fact("class", others, digest))


def _is_one_of(references: frozenset[str]) -> Sql:
    wanted = tuple(sorted(references))
    if not wanted:
        return NEVER
    listed = _listed(wanted)
    return Sql(f"(r.type || '/' || r.id) IN {listed.text}", listed.values)


def _listed(values: tuple[str, ...]) -> Sql:
    """The values as a list to look in; as one value where they are many, as SQLite counts them."""
    if len(values) <= FEW:
        return Sql(f"({placeholders(len(values))})", values)
    return Sql("(SELECT value FROM json_each(?))", (json.dumps(values),))


def _bound(text: str, moment: datetime | None) -> Sql:
    return ALWAYS if moment is None else Sql(text, (microseconds(moment),))
