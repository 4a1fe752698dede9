"""What an invariant is, and the claims about an object that most of them are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
Holds = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule about one type: its key in R4, when it holds, what would be right, and where."""

    key: str
    holds: Holds
    words: str
    element: str = ""


@dataclass(frozen=True, slots=True)
class ByNames:
    """A claim that the names of an object's elements settle, whatever their values are."""

    claim: Holds

    def __call__(self, value: Json) -> bool:
        return self.claim(value)


def has(value: Json, name: str) -> bool:
    """Whether an element is there, with a value or with an extension in its place."""
    return name in value or f"_{name}" in value


def has_choice(value: Json, group: str) -> bool:
    """Whether one of a value[x] is there."""
    start = len(group)
    return any(
        name.startswith(group) and name[start : start + 1].isupper()
        for name in (name.removeprefix("_") for name in value)
    )


def needs(name: str, *others: str) -> Holds:
    """If the first is there, so is one of the others."""
    return ByNames(lambda value: not has(value, name) or any(has(value, other) for other in others))


def any_of(*names: str) -> Holds:
    return ByNames(lambda value: any(has(value, name) for name in names))


def not_both(one: str, other: str) -> Holds:
    return ByNames(lambda value: not (has(value, one) and has(value, other)))


def below(value: object, bound: object) -> bool:
    """Whether both are numbers and the first is the smaller."""
    kinds = (int, float, Decimal)
    return isinstance(value, kinds) and isinstance(bound, kinds) and value < bound


def listed(value: Json, name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def pairs(concept: object) -> set[tuple[str, str]]:
    """The (system, code) pairs of a CodeableConcept."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return {
        (str(coding.get("system", "")), str(coding["code"]))
        for coding in (codings if isinstance(codings, list) else ())
        if isinstance(coding, dict) and "code" in coding
    }


def is_one_of(name: str, *allowed: str) -> Holds:
    return lambda value: value.get(name) in allowed


def unless(condition: Holds, holds: Holds) -> Holds:
    return lambda value: condition(value) or holds(value)


def lacks(*names: str) -> Holds:
    return ByNames(lambda value: not any(has(value, name) for name in names))
