"""Matches in the order that is asked for, by what is released of them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import total_ordering
from typing import Any

from gateway.actions.asking.parts import Ranked
from gateway.actions.finding import Seen
from gateway.fhir.entries import times_of
from gateway.fhir.folding import folded
from gateway.fhir.matching import held, texts
from gateway.fhir.matching_amounts import extent
from gateway.fhir.matching_codes import codings
from gateway.fhir.outlasting import outlasts
from gateway.storage.searching import LATEST, Key, Order, Place, by_date


def order_of(type_: str, order: tuple[Ranked, ...]) -> Order | None:
    """The order as the database can keep it; None where what is released has to be read."""
    keys = [_key(type_, each) for each in order]
    kept = tuple(key for key in keys if key is not None)
    return kept if len(kept) == len(keys) else None


def _key(type_: str, ranked: Ranked) -> Key | None:
    name = ranked.parameter.name
    match name:
        case "_id":
            return Key("r.id", descending=ranked.descending)
        case "_lastUpdated":  # as long as nothing may seem older to whom it is shown
            return Key("r.updated", descending=ranked.descending)
        case _ if ranked.parameter.kind == "date" and outlasts(type_, name):
            return by_date(name, descending=ranked.descending)
        case _:
            return None


def in_order(seen: list[Seen], order: tuple[Ranked, ...]) -> list[tuple[Seen, Place]]:
    """The matches with their places, first things first; as stored where nothing is asked."""
    placed = [(each, place_of(each, order)) for each in seen]
    return sorted(placed, key=lambda each: _ranks(each[1], order))


def comes_after(place: Place, after: Place, order: tuple[Ranked, ...]) -> bool:
    return _ranks(place, order) > _ranks(after, order)


def place_of(seen: Seen, order: tuple[Ranked, ...]) -> Place:
    keys = tuple(_value(seen, each) for each in order) if order else (seen.rid,)
    return (*keys, seen.reference.partition("/")[2])


def _value(seen: Seen, ranked: Ranked) -> str | int | None:
    """What it is ordered by: the least of its values, going down the greatest."""
    parameter = ranked.parameter
    if parameter.name == "_lastUpdated":
        return seen.released.updated
    choose = max if ranked.descending else min
    values: list[Any] = []
    for each in held(parameter, seen.tree):
        match parameter.kind:
            case "date":
                times = times_of(each)
                values += [times[ranked.descending]] if times else []
            case "number" | "quantity":
                number = extent(each)[ranked.descending]
                values += [number] if number is not None and number.is_finite() else []
            case "token":
                values += [code for _, code in codings(each) if code is not None]
            case _:
                values += [folded(text) for text in texts(each)]
    found = choose(values, default=None)
    if found is None and parameter.kind == "date":
        return -LATEST if ranked.descending else LATEST
    return str(found) if isinstance(found, Decimal) else found


@total_ordering
class _Down:
    """A value that sorts the other way."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.value == other.value

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)

    def __hash__(self) -> int:
        return hash(self.value)


def _ranks(place: Place, order: tuple[Ranked, ...]) -> list[Any]:
    """A place as something that sorts: what is missing comes last, whichever way."""
    ranks: list[Any] = []
    for value, ranked in zip(place, order, strict=False):
        read = _read(value, ranked)
        ranks.append(
            (read is None, _Down(read) if ranked.descending and read is not None else read)
        )
    return [*ranks, *place[len(order) :]]


def _read(value: str | int | None, ranked: Ranked) -> Any:
    if ranked.parameter.kind in ("number", "quantity") and isinstance(value, str):
        try:
            return Decimal(value)
        except InvalidOperation:
            return None
    return value
