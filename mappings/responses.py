"""The answers in a QuestionnaireResponse, held against our own Questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from mappings.instrument import Choice, Instrument, Item, Kind, Score
from mappings.systems import ORDINAL_VALUE
from mappings.verdict import Fault


@dataclass(slots=True)
class Reading:
    """What a response says, by linkId, and all that is wrong with it.

    `places` holds the FHIRPath of each item, `stated` the totals that the response states itself.
    """

    answers: dict[str, int | str] = field(default_factory=dict)
    stated: dict[str, int | float] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read(response: Mapping[str, Any], instrument: Instrument) -> Reading:
    """Every item read by its linkId; one unknown, or answered with a wrong type, is a fault."""
    reading = Reading()
    for index, item in enumerate(response.get("item", ())):
        _read_item(item, f"QuestionnaireResponse.item[{index}]", instrument, reading)
    return reading


def _read_item(
    item: Mapping[str, Any], place: str, instrument: Instrument, reading: Reading
) -> None:
    link_id = item.get("linkId", "")
    asked, total = instrument.by_link_id.get(link_id), instrument.totals.get(link_id)
    fault = _shape_fault(item, place, bool(asked or total), reading)
    if fault is not None:
        reading.faults.append(fault)
        return
    reading.places[link_id] = place
    for answer in item.get("answer", ()):
        if asked is not None and (found := said(answer, asked)) is not None:
            reading.answers[link_id] = found
        elif total is not None and (stated := _total(answer, total)) is not None:
            reading.stated[link_id] = stated
        else:
            reading.faults.append(Fault(f"{place}.answer[0]", _right(asked, total)))


def _shape_fault(
    item: Mapping[str, Any], place: str, known: bool, reading: Reading
) -> Fault | None:
    if not known:
        return Fault(f"{place}.linkId", "must be a linkId of the Questionnaire")
    if item.get("linkId") in reading.places:
        return Fault(f"{place}.linkId", "must not repeat: each item is answered once")
    if item.get("item"):
        return Fault(f"{place}.item", "must not be there: the Questionnaire is flat")
    answers = item.get("answer", ())
    if len(answers) > 1:
        return Fault(f"{place}.answer", "must be one answer: the item does not repeat")
    if answers and answers[0].get("item"):
        return Fault(f"{place}.answer[0].item", "must not be there: the Questionnaire is flat")
    return None


def said(answer: Mapping[str, Any], item: Item) -> int | str | None:
    """The ordinal or text that an answer to this item is, or None. An ordinal may also be sent
    bare, as a valueInteger."""
    bare = _whole(answer)
    if bare is not None:
        return bare if bare in item.words else None
    match item.kind:
        case Kind.BOOLEAN:
            value = answer.get("valueBoolean")
            return int(value) if isinstance(value, bool) else None
        case Kind.INTEGER:
            return None
        case Kind.TEXT:
            text = answer.get("valueString")
            return text if isinstance(text, str) and text else None
        case Kind.CHOICE:
            return _ordinal(answer.get("valueCoding") or {}, item)


def _ordinal(coding: Mapping[str, Any], item: Item) -> int | None:
    """The ordinal of the item's own answer with that code: codes are shared between items."""
    found = _choices(item).get((coding.get("system"), coding.get("code")))
    if found is None:
        return None
    right = found.ordinal if found.scored else None
    for one in coding.get("extension", ()):
        if one.get("url") == ORDINAL_VALUE and one.get("valueDecimal") != right:
            return None
    return found.ordinal


@cache
def _choices(item: Item) -> Mapping[tuple[str | None, str | None], Choice]:
    """An item's answers by system and code, the first of each."""
    return {(one.system, one.code): one for one in reversed(item.choices)}


def _whole(answer: Mapping[str, Any]) -> int | None:
    value = answer.get("valueInteger")
    if value is None:
        return None
    return int(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _total(answer: Mapping[str, Any], score: Score) -> int | float | None:
    """A stated total: a whole number, or a decimal where the score may be one."""
    value = answer.get("valueDecimal")
    if score.whole or isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _whole(answer)
    return int(value) if value == int(value) else float(value)


def _right(item: Item | None, total: Score | None) -> str:
    if item is None:
        return "must be a valueInteger" if total and total.whole else "must be a valueDecimal"
    match item.kind:
        case Kind.BOOLEAN:
            return "must be a valueBoolean, or 0 or 1 as a valueInteger"
        case Kind.INTEGER:
            return f"must be a valueInteger from {min(item.words)} to {max(item.words)}"
        case Kind.TEXT:
            return "must be a valueString"
        case Kind.CHOICE:
            return (
                "must be a valueCoding of the item's answerOption, or its ordinal as a valueInteger"
            )
