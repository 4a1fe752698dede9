"""How FHIR holds the value of a field, there and back: one pair of functions a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings import concept_maps, parties
from mappings.element_paths import beside, every, put
from mappings.moments import LONDON, TOLD_IN_LONDON, Moment, flat_in, parse_moment
from mappings.national_fields import Field
from mappings.systems import UCUM
from mappings.verdict import Wrong

Resource = dict[str, Any]
Values = Mapping[str, str]
QUANTITY = {"unit": "score", "system": UCUM, "code": "{score}"}
HELD = ("in-progress", "completed", "on-hold", "unknown")


@dataclass(frozen=True, slots=True)
class Place:
    """`write` sets the element that a value makes; `read` takes the value of an element."""

    write: Callable[[Field, str], Any]
    read: Callable[[Field, Any], str]


def write(resource: Resource, field: Field, values: Values) -> None:
    """Puts the field's value, where it has one, into the resource."""
    value = values.get(field.name, "")
    if not value or not field.place:
        return
    if field.place == "dated":
        _put_moment(resource, field, moment_of(field, values))
        return
    put(resource, field.path, PLACES[field.place].write(field, value))


def read(resource: Resource, field: Field) -> dict[str, str]:
    """The field's value, and its time of day where it has a column for that; empty for none."""
    if field.place == "dated":
        return _dated(resource, field)
    if not field.place:
        return {}
    place = PLACES[field.place]
    found = (place.read(field, element) for element in every(resource, field.path))
    value = next((text for text in found if text), "")
    return {field.name: value} if value else {}


def moment_of(field: Field, values: Values) -> Moment | Wrong:
    """The moment that a date and the time beside it make, or why there is none such."""
    day, clock = values[field.name], values.get(field.time, "")
    return parse_moment(f"{day}T{clock}" if clock else day)


def _put_moment(resource: Resource, field: Field, moment: Moment | Wrong) -> None:
    assert isinstance(moment, Moment)  # noqa: S101 - a row with another is refused before this
    put(resource, field.path, moment.text)
    if moment.local:
        put(resource, beside(field.path), TOLD_IN_LONDON)


def _dated(resource: Resource, field: Field) -> dict[str, str]:
    *way, last = field.path
    for parent in every(resource, tuple(way)):
        if last.name in parent:
            text = flat_in(parent, last.name)
            return {field.name: text} if field.holds == "moment" else _by_the_clock(field, text)
    return {}


def _by_the_clock(field: Field, text: str) -> dict[str, str]:
    """A day, and where it is timed the clock's time in London; as it stands where that is lossy."""
    if len(text) <= 10:
        return {field.name: text}
    moment = parse_moment(text)
    if not isinstance(moment, Moment):
        return {field.name: text}
    at = datetime.fromisoformat(moment.text)
    here = at.astimezone(LONDON)
    day, clock = here.date().isoformat(), here.time().isoformat()
    again = parse_moment(f"{day}T{clock}")
    if not isinstance(again, Moment) or datetime.fromisoformat(again.text) != at:
        return {field.name: text}
    return {field.name: day} | ({field.time: clock} if field.time else {})


def _concept(field: Field, value: str) -> dict[str, Any]:
    coding = {"system": field.system, "code": value}
    if value in field.codes:
        coding["display"] = field.codes[value]
    translated = concept_maps.onward(field.map).get(value, ()) if field.map else ()
    return {"coding": [coding, *translated]}


def _code_in(field: Field, concept: Any) -> str:
    return next(_codes_in(field, concept.get("coding", ())), "")


def _codes_in(field: Field, codings: Any) -> Iterator[str]:
    """The code of the set itself first, then what our ConceptMap makes of the others."""
    for coding in codings:
        known = field.holds != "assessment" or coding.get("code") in field.codes
        if coding.get("system") == field.system and known:
            yield coding.get("code", "")
    if field.map:
        back = concept_maps.backward(field.map)
        yield from (
            back[pair]
            for coding in codings
            if (pair := (coding.get("system"), coding.get("code"))) in back
        )


def _mapped(field: Field, value: str) -> str:
    return concept_maps.onward(field.map)[value][0]["code"]


def _mapped_back(field: Field, code: Any) -> str:
    back = concept_maps.backward(field.map).items()
    return next((source for (_, target), source in back if target == code), "")


def _number(_: Field, value: str) -> int | float:
    return float(value) if "." in value else int(value)


def _number_back(_: Field, value: Any) -> str:
    return str(int(value)) if value == int(value) else str(value)


PLACES: Mapping[str, Place] = {
    "text": Place(lambda _, value: value, lambda _, held: str(held)),
    "number": Place(_number, _number_back),
    "boolean": Place(lambda _, value: value == "Y", lambda _, held: "Y" if held else "N"),
    "concept": Place(_concept, _code_in),
    "mapped": Place(_mapped, _mapped_back),
    "reference": Place(
        lambda field, value: parties.logical(field.type, field.system, value),
        lambda field, held: parties.identified(held, field.system),
    ),
    "score": Place(
        lambda field, value: {"value": _number(field, value), **QUANTITY},
        lambda field, held: _number_back(field, held["value"]),
    ),
    "initial": Place(lambda _, value: value, lambda _, held: str(held)[:1].upper()),
    "initial-in-list": Place(lambda _, value: [value], lambda _, held: str(held[0])[:1].upper()),
    "provided": Place(lambda _, value: "unknown", lambda _, held: "Y" if held in HELD else ""),
}
