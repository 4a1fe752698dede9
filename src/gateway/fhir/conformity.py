"""Whether a resource is surely right: a fast yes. No means only that it has to be looked at.

Two things make it fast. An object's names alone settle most of what R4 asks of it: unknown and
missing elements, value[x], and the invariants about what stands beside what; so what remains to
be checked for one tuple of names, a plan, is made once and kept. And objects of one type with the
same names are checked together, column by column, with what Python does in C for a whole list.

`structure` and `rules` stay the judges of all that is not surely right, and say why.

INVARIANT: what is surely right here has no problem there; the tests hold the two together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from gateway.fhir.bundle_rules import frame_problems, urns
from gateway.fhir.columns import Column, by_names, column_check, in_one
from gateway.fhir.invariant import ByNames
from gateway.fhir.invariants import INVARIANTS
from gateway.fhir.literal_reference import are_sound
from gateway.fhir.primitives import PRIMITIVES
from gateway.fhir.rules import OWN_RULES
from gateway.fhir.shapes import TYPES, Element, Place, Shape, known, shape
from gateway.fhir.structure import has_coding

Json = dict[str, Any]
Whole = Callable[[Json], bool]

_MOST_PLANS = 512  # of one type; then they are made anew
_MOST_NEW = 128  # made for one resource; whoever sends more kinds of object has each looked at


class Bag(defaultdict[Column, list[Any]]):
    """Values by the check that they wait for, and how many plans were made on the way."""

    planned = 0


Part = Callable[[list[Any], Bag], bool]


class _Plan(NamedTuple):
    """What is to be checked once the names are known.

    `values` are elements whose values go into the bag of their check, `parts` hold objects or
    lists, `whole` is asked of each object.
    """

    values: tuple[tuple[str, Column], ...]
    parts: tuple[tuple[str, Part], ...]
    whole: tuple[Whole, ...]


def holds(resource: object) -> bool:
    """Whether this is surely a resource of a held type without any fault, transactions included.

    What contains resources, extends primitives or refers by a search is never surely right.
    """
    bag = Bag(list)
    try:
        return _resources([resource], bag) and all(check(bag[check]) for check in bag)
    except (TypeError, RecursionError):  # an object where a text should be; too deep to walk
        return False


def _resources(values: list[Any], bag: Bag) -> bool:
    """The check of resources of any types that are held."""
    by_type: dict[Any, list[Json]] = {}
    for value in values:
        by_type.setdefault(dict.get(value, "resourceType"), []).append(value)
    return by_type.keys() <= TYPES and all(_objects(kind)(by_type[kind], bag) for kind in by_type)


@cache
def _objects(kind: str) -> Part:
    """The check of objects of one type, with the plans that it has made so far."""
    plans: dict[tuple[str, ...], _Plan] = {}

    def plan_of(names: tuple[str, ...], example: Json, bag: Bag) -> _Plan | None:
        bag.planned += 1
        plan = _planned(shape(kind), example) if bag.planned <= _MOST_NEW else None
        if plan is not None:
            if len(plans) >= _MOST_PLANS:
                plans.clear()
            plans[names] = plan
        return plan

    def are_right(values: list[Any], bag: Bag) -> bool:
        for names, alike in by_names(values):
            plan = plans.get(names) or plan_of(names, alike[0], bag)
            if plan is None or not _follow(plan, alike, bag):
                return False
        return True

    return are_right


def _follow(plan: _Plan, alike: list[Json], bag: Bag) -> bool:
    if len(alike) == 1:
        (value,) = alike
        for name, column in plan.values:
            bag[column].append(value[name])
    else:
        for name, column in plan.values:
            bag[column] += [value[name] for value in alike]
    for name, part in plan.parts:
        if not part([value[name] for value in alike], bag):
            return False
    return not plan.whole or all(all(map(whole, alike)) for whole in plan.whole)


def _planned(kind: Shape, example: Json) -> _Plan | None:
    """What remains to be checked of objects with these names; None if the names are wrong."""
    stated = {"resourceType"} if kind.name in known() else set()
    names = example.keys() - stated
    invariants = [invariant.holds for invariant in INVARIANTS.get(kind.name, ())]
    if not _are_names_of(kind, names) or (names <= {"id"} and not stated):
        return None
    if not all(claim(example) for claim in invariants if isinstance(claim, ByNames)):
        return None
    listed = [kind.elements[name] for name in example if name in names]
    simple = [each for each in listed if each.primitive and not each.many]
    return _Plan(
        tuple((each.name, column_check(each)) for each in simple),
        tuple((each.name, _part(each)) for each in listed if each not in simple),
        (*(each for each in invariants if not isinstance(each, ByNames)), *_own(kind.name)),
    )


def _are_names_of(kind: Shape, names: set[str]) -> bool:
    """Whether these elements, without siblings and contained ones, make one object of the type."""
    if not kind.required <= names <= kind.elements.keys() or "contained" in names:
        return False
    if kind.name == "Extension":
        return len(names - {"id", "url"}) == 1
    chosen = ((choice.required, len(choice.names & names)) for choice in kind.choices)
    return all(count == 1 or (count == 0 and not required) for required, count in chosen)


def _own(kind: str) -> list[Whole]:
    """The rules about the type that are not in the table of invariants."""
    place = Place(None, kind)
    if kind == "Bundle":
        return [lambda value: next(frame_problems(value, place), None) is None, _all_given]
    if kind in OWN_RULES:
        rule = OWN_RULES[kind]
        return [lambda value: next(rule(value, place), None) is None]
    return []


def _all_given(bundle: Json) -> bool:
    """Whether every urn that a transaction refers to is an entry's fullUrl."""
    if bundle["type"] != "transaction":
        return True
    return urns(bundle) <= {entry.get("fullUrl") for entry in bundle.get("entry", ())}


@cache
def _part(element: Element) -> Part:
    """The check of what an element holds that is no single primitive."""
    one = _single(element)
    if not element.many:
        return one
    return lambda values, bag: one(in_one(values), bag)


def _single(element: Element) -> Part:
    if element.type in PRIMITIVES:
        return _put_off(column_check(element))
    if element.type == "Resource":
        return _resources
    whole = _objects(element.type)
    if element.type == "Reference":
        targets = element.targets
        return lambda values, bag: whole(values, bag) and are_sound(values, targets)
    if element.codes:
        return lambda values, bag: (
            whole(values, bag) and all(has_coding(element, value) for value in values)
        )
    return whole


def _put_off(column: Column) -> Part:
    """No check yet: the values go to the others of their kind."""

    def put_by(values: list[Any], bag: Bag) -> bool:
        bag[column] += values
        return True

    return put_by
