"""Whether a resource, as someone sees it, is what one search parameter asks for (R4, 3.1.1.4).

Pure: it looks at the tree that is released and at nothing else, so what is not released is not
found. The database narrows; where its index could know more than the reader, this decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consent.dates import interval_of
from consent.elements import literal
from gateway.fhir.dates import microseconds
from gateway.fhir.folding import beginnings, sounds, words
from gateway.fhir.matching_amounts import is_amount, is_near
from gateway.fhir.matching_codes import is_code
from gateway.fhir.search_parameters import Parameter
from gateway.fhir.search_values import (
    Amount,
    Missing,
    Moment,
    Named,
    Near,
    Parts,
    Token,
    Value,
    Words,
)

Json = Mapping[str, Any]
_TEXTS = (
    *("text", "family", "given", "prefix", "suffix"),
    *("line", "city", "district", "state", "postalCode", "country"),
)


@dataclass(frozen=True, slots=True)
class Test:
    """One parameter with one modifier, and the values of which one has to hold."""

    parameter: Parameter
    modifier: str
    values: tuple[Value, ...]


def holds(test: Test, resource: Json) -> bool:
    """Whether the resource is what the test asks for."""
    found = list(held(test.parameter, resource))
    if test.modifier == "missing":
        return any(isinstance(v, Missing) and v.wanted != bool(found) for v in test.values)
    if test.parameter.kind == "string" or test.modifier == "text":
        return any(isinstance(v, Words) and _says(test, v.text, found) for v in test.values)
    any_holds = any(_holds(test, value, each) for each in found for value in test.values)
    return any_holds != (test.modifier == "not")


def held(parameter: Parameter, resource: Json) -> Iterator[Any]:
    """What the resource holds for the parameter."""
    found = [value for path in parameter.paths for value in _at(resource, path)]
    if parameter.claim:
        yield any(value is not False for value in found)
        return
    for value in found:
        if not parameter.target or _names(value, parameter.target):
            yield value


def literals(parameter: Parameter, resource: Json) -> Iterator[str]:
    """The references ("Type/id", or a canonical URL) that the parameter reads."""
    for value in held(parameter, resource):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict) and (named := literal(value.get("reference"))):
            yield named


def _names(value: Any, target: str) -> bool:
    named = literal(value.get("reference")) if isinstance(value, dict) else None
    return named is not None and named.startswith(f"{target}/")


def _at(node: Any, path: str) -> Iterator[Any]:
    """Every value at a path: steps with dots, "name[key=value]" and "name[0]"."""
    step, _, rest = path.partition(".")
    name, _, chosen = step.partition("[")
    if not name:
        yield node
        return
    for each in node if isinstance(node, list) else (node,):
        if not isinstance(each, dict) or name not in each:
            continue
        value = each[name]
        items = value if isinstance(value, list) else [value]
        for item in _chosen(items, chosen.rstrip("]")):
            if rest:
                yield from _at(item, rest)
            elif item is not None:
                yield item


def _chosen(items: list[Any], chosen: str) -> list[Any]:
    if not chosen:
        return items
    key, equals, wanted = chosen.partition("=")
    if not equals:
        return items[int(key) : int(key) + 1]
    return [item for item in items if isinstance(item, dict) and item.get(key) == wanted]


def _holds(test: Test, value: Value, held: Any) -> bool:
    match value:
        case Token():
            return is_code(test.modifier, value, held)
        case Moment():
            times = interval_of(held)
            if times is None:
                return False
            return compared(value, microseconds(times[0]), microseconds(times[1]))
        case Amount():
            return is_amount(value, held)
        case Words():
            return _uri(test.modifier, value.text, held)
        case Named():
            return _named(value, held)
        case Near():
            return is_near(value, held)
        case Parts():
            return _parts(test.parameter, value, held)
        case Missing():
            return False


def compared(asked: Moment, low: int, high: int) -> bool:
    """A date's interval held against the one asked for."""
    within = asked.low <= low and high <= asked.high
    match asked.prefix:
        case "eq":
            return within
        case "ne":
            return not within
        case "gt":
            return high > asked.high
        case "lt":
            return low < asked.low
        case "ge":
            return high > asked.high or within
        case "le":
            return low < asked.low or within
        case "sa":
            return low > asked.high
        case "eb":
            return high < asked.low
        case _:
            return low <= asked.high and high >= asked.low


def _displayed(held: Any) -> Iterator[str]:
    """The words beside a code or a reference."""
    if isinstance(held, dict):
        for name in ("text", "display"):
            if isinstance(held.get(name), str):
                yield held[name]
        for name in ("coding", "type"):
            below = held.get(name)
            for each in below if isinstance(below, list) else (below,):
                yield from _displayed(each)


def _says(test: Test, asked: str, found: list[Any]) -> bool:
    """Whether the texts hold each word asked for, or a word that it begins."""
    if test.modifier == "text":
        written = [text for value in found for text in _displayed(value)]
    else:
        written = [text for value in found for text in texts(value)]
    if test.modifier == "exact":
        return asked in written
    if test.parameter.name == "phonetic":
        spoken = {sound for text in written for sound in sounds(text)}
        return bool(heard := set(sounds(asked))) and heard <= spoken
    findable = {word for text in written for word in beginnings(text)}
    return bool(wanted := set(words(asked))) and wanted <= findable


def texts(value: Any) -> Iterator[str]:
    """The texts of a string, a HumanName or an Address."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in _TEXTS:
            held = value.get(part, ())
            for each in held if isinstance(held, list) else (held,):
                if isinstance(each, str):
                    yield each


def _uri(modifier: str, asked: str, held: Any) -> bool:
    if not isinstance(held, str):
        return False
    match modifier:
        case "below":
            return held == asked or held.startswith(f"{asked.rstrip('/')}/")
        case "above":
            return held == asked or asked.startswith(f"{held.rstrip('/')}/")
    return held == asked or ("|" not in asked and held.partition("|")[0] == asked)


def _named(asked: Named, held: Any) -> bool:
    if isinstance(held, str):
        return _uri("", asked.url, held)
    if isinstance(held, dict) and "resourceType" in held:  # what stands first in a Bundle
        return f"{held['resourceType']}/{held.get('id')}" in asked.literals
    if not isinstance(held, dict) or not isinstance(held.get("reference"), str):
        return False
    named = literal(held["reference"])
    return named in asked.literals if named else held["reference"] == asked.url


def _parts(parameter: Parameter, asked: Parts, held: Any) -> bool:
    """Whether one place holds every part."""
    return all(
        holds(Test(part, "", (value,)), held)
        for part, value in zip(parameter.components, asked.values, strict=True)
    )
