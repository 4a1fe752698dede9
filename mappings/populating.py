"""What a person has told already of what a Questionnaire asks, so that nobody asks twice.

    populated(instrument, responses, now) -> the answers that are known, in the order of the items
    response(instrument, told, subject) -> a QuestionnaireResponse that holds them, in progress

An answer to the same item counts: by its linkId in the same instrument, or by its code in another
where the answers that can be given and the period that is asked about are the same. The newest
counts, within that period. What an alert rests on is asked each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import Any

from mappings import instruments, recall, responses, scoring
from mappings.conditions import holds
from mappings.instrument import Instrument, Item
from mappings.moments import LONDON, parse_moment
from mappings.screening import FINISHED
from mappings.screening_resources import answered
from mappings.systems import STRUCTURE_DEFINITION
from mappings.verdict import Wrong

TYPE = "QuestionnaireResponse"
PRE_FILLED = f"{STRUCTURE_DEFINITION}/pre-filled"  # when it was told
PRE_FILLED_FROM = f"{STRUCTURE_DEFINITION}/pre-filled-from"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer to an item: the response that holds it ("QuestionnaireResponse/<id>"), and the
    dateTime at which it was told, with its first moment."""

    link_id: str
    value: int | str
    response: str
    when: str
    at: datetime


def populated(
    instrument: Instrument, held: Iterable[Mapping[str, Any]], now: datetime
) -> tuple[Told, ...]:
    """The newest answer to each item that some finished response holds, so far as it still counts.

    Two that were told at one moment and disagree count as none. An answer that newer ones have
    made needless, or that they contradict, is left out.
    """
    known: dict[str, list[Told]] = {}
    for told in chain.from_iterable(_told(instrument, one) for one in held):
        if told.at <= now and _age(told, now) <= recall.days(instrument.id, told.link_id):
            known.setdefault(told.link_id, []).append(told)
    newest = (_newest(known[one.link_id]) for one in instrument.items if one.link_id in known)
    found = {one.link_id: one for one in newest if one is not None}
    return tuple(_agreeing(instrument, _needed(instrument, found)).values())


def response(instrument: Instrument, told: Iterable[Told], subject: str) -> dict[str, Any]:
    """A response about "Patient/<id>", in progress: each answer says where it comes from."""
    by_item = {one.link_id: one for one in told}
    ready = answered(instrument, {one.link_id: one.value for one in by_item.values()})
    items = [_said(one, by_item[one["linkId"]]) for one in ready]
    made = {
        "resourceType": TYPE,
        "questionnaire": instrument.canonical,
        "status": "in-progress",
        "subject": {"reference": subject},
    }
    return made | ({"item": items} if items else {})


def _said(item: Mapping[str, Any], told: Told) -> dict[str, Any]:
    source = {"url": PRE_FILLED_FROM, "valueReference": {"reference": told.response}}
    marks = [{"url": PRE_FILLED, "valueDateTime": told.when}, source]
    return {"linkId": item["linkId"], "answer": [{"extension": marks} | item["answer"][0]]}


def _told(asked: Instrument, held: Mapping[str, Any]) -> Iterator[Told]:
    """What a finished response says of the items that are asked."""
    source = instruments.of_questionnaire(str(held.get("questionnaire", "")))
    if source is None or held.get("status") not in FINISHED:
        return
    named = {item.get("linkId"): item for item in held.get("item", ())}
    same = _same_items(asked, source)
    for link_id, value in responses.read(held, source).answers.items():
        when = _when(held, named[link_id]["answer"][0])
        at = _first_moment(when)
        if link_id in same and at is not None:
            yield Told(same[link_id], value, f"{TYPE}/{held['id']}", when, at)


def _when(held: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """When it was told: an answer that was filled in beforehand, and is still marked so, was told
    when the mark says."""
    marks = [one for one in answer.get("extension", ()) if one.get("url") == PRE_FILLED]
    return str(marks[0].get("valueDateTime", "") if marks else held.get("authored", ""))


def _first_moment(when: str) -> datetime | None:
    """Where a day begins, in London; None for what is neither a day nor a time."""
    moment = parse_moment(when)
    if isinstance(moment, Wrong):
        return None
    first = datetime.fromisoformat(moment.text)
    try:
        return (first if moment.timed else first.replace(tzinfo=LONDON)).astimezone(UTC)
    except OverflowError:  # the first days of the year 1, the last of 9999
        return None


@cache
def _same_items(asked: Instrument, source: Instrument) -> Mapping[str, str]:
    """The items of an instrument that ask the same as one of those asked, and as which."""
    wanted = [one for one in asked.items if one.link_id not in recall.asked_anew()]
    if source is asked:
        return {one.link_id: one.link_id for one in wanted}
    return {
        each.link_id: one.link_id
        for each in source.items
        for one in wanted
        if each.link_id not in recall.asked_anew()
        and _is_same(one, each)
        and recall.days(asked.id, one.link_id) == recall.days(source.id, each.link_id)
    }


def _is_same(one: Item, other: Item) -> bool:
    """Whether both ask the same: by a code, with the same answers to choose from."""
    codes = [{(code["system"], code["code"]) for code in each.codes} for each in (one, other)]
    choices = [
        [(each.ordinal, each.system, each.code, each.scored) for each in item.choices]
        for item in (one, other)
    ]
    alike = (one.kind, one.words) == (other.kind, other.words)
    return bool(codes[0] & codes[1]) and alike and choices[0] == choices[1]


def _age(told: Told, now: datetime) -> int:
    """Days by the calendar in London."""
    return (now.astimezone(LONDON).date() - told.at.astimezone(LONDON).date()).days


def _newest(told: list[Told]) -> Told | None:
    at = max(one.at for one in told)
    last = [one for one in told if one.at == at]
    if len({one.value for one in last}) > 1:
        return None
    return min(last, key=lambda one: one.response)


def _needed(instrument: Instrument, found: dict[str, Told]) -> dict[str, Told]:
    """Without answers that a newer one in their section has made needless."""
    answers = {one.link_id: one.value for one in found.values()}
    needless: set[str] = set()
    for section in instrument.sections:
        passed = [skip.items for skip in section.skips if holds(skip.when, answers)]
        if section.gate and answers.get(section.gate) == 0:
            passed.append(tuple(one for one in section.items if one != section.gate))
        for items in passed:
            others = [found[one].at for one in section.items if one in found and one not in items]
            told = [found[one] for one in items if one in found]
            needless |= {one.link_id for one in told if any(one.at < at for at in others)}
    return {name: one for name, one in found.items() if name not in needless}


def _agreeing(instrument: Instrument, found: dict[str, Told]) -> dict[str, Told]:
    """Without a section's first answer that says no where a later one says yes."""
    answers = {one.link_id: one.value for one in found.values()}
    doubtful: set[str] = set()
    for later, first in scoring.contradictions(instrument, answers):
        doubtful |= {first} if found[later].at > found[first].at else {first, later}
    return {name: one for name, one in found.items() if name not in doubtful}
