"""Whether values are of their type, asked of many at once.

Any of these may raise TypeError, where a value cannot even be asked: then it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Any

from gateway.fhir.primitives import LONGEST, PRIMITIVES, holds_control
from gateway.fhir.shapes import Element

Column = Callable[[list[Any]], bool]

_TEXTS = ("markdown", "string")
_REPEATED = ("canonical", "code", "uri")  # systems and codes: the same come again and again
_MOST_REMEMBERED = 4096
_LONGEST_REMEMBERED = 200  # characters


def by_names(values: list[Any]) -> list[tuple[tuple[str, ...], list[Any]]]:
    """The objects by the names of their elements, in their order."""
    if len(values) == 1:
        return [(tuple(dict.keys(values[0])), values)]
    met = set(map(tuple, map(dict.keys, values)))
    if len(met) == 1:
        return [(met.pop(), values)]
    groups: dict[tuple[str, ...], list[Any]] = {}
    for value in values:
        groups.setdefault(tuple(value), []).append(value)
    return list(groups.items())


def in_one(values: list[Any]) -> list[Any]:
    """What the lists hold, in one; TypeError where one of them is no list or holds nothing."""
    if not all(map(list.__len__, values)):
        raise TypeError
    return values[0] if len(values) == 1 else list(chain.from_iterable(values))


@cache
def column_check(element: Element) -> Column:
    """The check of values of an element of a primitive type."""
    codes = frozenset(code for _, code in element.codes)
    return codes.issuperset if codes else _of_type(element.type)


@cache
def _of_type(kind: str) -> Column:
    if kind in _TEXTS:
        return _are_texts
    accepts, _ = PRIMITIVES[kind]
    if kind in _REPEATED:
        return _remembering(accepts)
    return lambda values: all(map(accepts, values))


def _are_texts(values: list[Any]) -> bool:
    """As PRIMITIVES says of a string: none is blank, holds control characters or is too long."""
    if not all(map(str.strip, values)):
        return False
    joined = "".join(values)
    if len(joined) > LONGEST and max(map(len, values)) > LONGEST:
        return False
    return joined.isprintable() or not holds_control(joined)


def _remembering(accepts: Callable[[object], bool]) -> Column:
    """The check of values of which those accepted before need no second look."""
    accepted: set[str] = set()

    def are_right(values: list[Any]) -> bool:
        if accepted.issuperset(values):
            return True
        if not all(map(accepts, values)):
            return False
        if len(accepted) >= _MOST_REMEMBERED:
            accepted.clear()
        accepted.update(value for value in values if len(value) <= _LONGEST_REMEMBERED)
        return True

    return are_right
