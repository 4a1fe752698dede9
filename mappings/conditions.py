"""Conditions over answers, as instruments state them: for skips, alerts and outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

Answers = Mapping[str, int | str]
NO_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Within:
    """The item is answered with an ordinal from `low` to `high`, both included."""

    item: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]


Condition = Within | AllOf | AnyOf


def condition(data: Mapping[str, Any]) -> Condition:
    """A condition from its JSON: {"item", "from", "to"?}, {"all": [...]} or {"any": [...]}."""
    match data:
        case {"all": parts}:
            return AllOf(tuple(map(condition, parts)))
        case {"any": parts}:
            return AnyOf(tuple(map(condition, parts)))
        case _:
            return Within(data["item"], data["from"], data.get("to", NO_LIMIT))


def holds(asked: Condition, answers: Answers) -> bool | None:
    """Whether it holds; None where an item that is not answered leaves it open."""
    match asked:
        case Within(item, low, high):
            answer = answers.get(item)
            return low <= answer <= high if isinstance(answer, int) else None
        case AllOf(parts):
            return _settled((holds(part, answers) for part in parts), by=False)
        case AnyOf(parts):
            return _settled((holds(part, answers) for part in parts), by=True)
        case _:
            assert_never(asked)


def _settled(found: Iterable[bool | None], *, by: bool) -> bool | None:
    """One part that is `by` settles it; without one, a part left open leaves the whole open."""
    left_open = False
    for one in found:
        if one is by:
            return by
        left_open = left_open or one is None
    return None if left_open else not by
