"""A screening between its flat record and what was asked, answered and scored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from mappings import cells, nhs_number, scoring
from mappings.cells import Row
from mappings.instrument import Alert, Instrument, Item, Kind
from mappings.moments import Moment, parse_day, parse_moment
from mappings.parties import Person
from mappings.scoring import Scored
from mappings.verdict import Unmappable, Wrong

HEAD = ("nhs_number", "birth_date", "recorded_at", "organization_ods", "practitioner_id")
UNANSWERED = -1
WHOLE = re.compile(r"\d{1,3}", re.ASCII)
DECIMAL = re.compile(r"\d{1,3}(?:\.\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Screening:
    """One person's answers at one time, checked. `stated`: the totals that were filled in."""

    person: Person
    recorded_at: Moment
    organization: str
    practitioner: str
    variant: str
    answers: Mapping[str, int | str]
    scores: tuple[Scored, ...]
    alerts: tuple[Alert, ...]
    stated: Mapping[str, int | float]


@cache
def columns(instrument: Instrument) -> tuple[str, ...]:
    """The header of a flat file, without the totals that it may state beside the answers."""
    variant = (instrument.variants.column,) if instrument.variants else ()
    return HEAD + variant + tuple(item.link_id for item in instrument.items)


@cache
def accepted(instrument: Instrument) -> dict[str, None]:
    """Every column that a record may have, the totals last."""
    return dict.fromkeys(columns(instrument) + tuple(instrument.totals))


def read(record: Mapping[str, object], instrument: Instrument) -> Screening | Unmappable:
    """What a flat record says, or everything that is wrong with it, column by column."""
    row = Row(record, accepted(instrument))
    number = row.take("nhs_number", nhs_number.parse)
    birth_date = row.take("birth_date", parse_day)
    recorded_at = row.take("recorded_at", parse_moment)
    ods = row.take("organization_ods", cells.organization)
    user_id = row.take("practitioner_id", cells.practitioner)
    variant = _variant(row, instrument)
    if recorded_at and birth_date and birth_date > recorded_at.day:
        row.refuse("birth_date", "must not be after recorded_at")
    answers = _answers(row, record, instrument)
    scores = scoring.score(instrument, answers or {})
    alerts = scoring.alerts(instrument, answers or {})
    stated = _stated(row, record, instrument, scores) if answers is not None else {}
    if row.faults or not (number and birth_date and recorded_at and ods and answers):
        return row.unmappable()
    person = Person(number, birth_date)
    return Screening(
        person, recorded_at, ods, user_id or "", variant or "", answers, scores, alerts, stated
    )


def write(screening: Screening, instrument: Instrument) -> dict[str, str]:
    """The flat record of a screening: the columns that hold something, in template order."""
    person = screening.person
    head = (
        person.nhs_number,
        person.birth_date,
        screening.recorded_at.flat(),
        screening.organization,
        screening.practitioner,
    )
    record = {column: text for column, text in zip(HEAD, head, strict=True) if text}
    if instrument.variants:
        record[instrument.variants.column] = screening.variant
    for item in instrument.items:
        if item.link_id in screening.answers:
            record[item.link_id] = _word(item, screening.answers[item.link_id])
    for made in screening.scores:
        if made.total in screening.stated:
            record[made.total] = str(screening.stated[made.total])
    return record


def _word(item: Item, answer: int | str) -> str:
    return answer if isinstance(answer, str) else item.words[answer]


def _variant(row: Row, instrument: Instrument) -> str | None:
    variants = instrument.variants
    if variants is None:
        return ""
    return row.take(variants.column, _variant_of(instrument))


@cache
def _variant_of(instrument: Instrument) -> Callable[[str], str | Wrong]:
    codes = instrument.variants.codes if instrument.variants else {}
    wrong = Wrong(f"must be {' or '.join(codes)}")
    return lambda text: text if text in codes else wrong


def _answers(
    row: Row, record: Mapping[str, object], instrument: Instrument
) -> dict[str, int | str] | None:
    """The answers, or None where one of them is wrong or there is none at all."""
    before = len(row.faults)
    answers: dict[str, int | str] = {}
    for item in instrument.items:
        cell = record.get(item.link_id)
        if cell is None or cell == "":
            continue
        answer = item.readings.get(cell) if isinstance(cell, str) else None
        if answer is None:
            answers |= _slowly(row, item)
        else:
            answers[item.link_id] = answer
    for later, first in scoring.contradictions(instrument, answers):
        row.refuse(later, f"must be empty or no where {first} says no")
    if len(row.faults) == before and not answers:
        row.refuse(instrument.items[0].link_id, "must be answered, or another item must")
    return answers if len(row.faults) == before else None


def _slowly(row: Row, item: Item) -> dict[str, int | str]:
    """The answer in a cell that is text, a JSON value, or has spaces around it; or nothing."""
    if item.kind is Kind.TEXT:
        text = row.take(item.link_id, cells.free_text)
        return {item.link_id: text} if text else {}
    ordinal = row.take(item.link_id, _ordinal_of(item))
    return {} if ordinal is None or ordinal == UNANSWERED else {item.link_id: ordinal}


@cache
def _ordinal_of(item: Item) -> Callable[[str], int | Wrong]:
    readings = {"": UNANSWERED, **item.readings}
    return lambda text: readings.get(text, Wrong(item.right))


def _stated(
    row: Row, record: Mapping[str, object], instrument: Instrument, scores: tuple[Scored, ...]
) -> dict[str, int | float]:
    """The totals that are stated and right; one that disagrees is refused, naming both."""
    made = {score.total: score.value for score in scores}
    found: dict[str, int | float] = {}
    for column, score in instrument.totals.items():
        if record.get(column) in (None, ""):
            continue
        stated = row.take(column, _whole if score.whole else _decimal)
        if stated is None:
            continue
        if not scoring.agrees(stated, made.get(column)):
            computed = made.get(column, "no total: an item is missing")
            row.refuse(column, f"states {stated} but the answers make {computed}")
        found[column] = stated
    return found


def _whole(text: str) -> int | Wrong:
    return int(text) if WHOLE.fullmatch(text) else Wrong("must be a whole number")


def _decimal(text: str) -> int | float | Wrong:
    """A number as short as it can be written: 4.50 is 4.5, and 4.0 is 4."""
    if not DECIMAL.fullmatch(text):
        return Wrong("must be a number with at most three decimals")
    return int(float(text)) if float(text).is_integer() else float(text)
