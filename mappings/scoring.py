"""Scores are computed from answers, never believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from mappings.conditions import Answers, holds
from mappings.instrument import Alert, Instrument, Rule, Score, Section
from mappings.systems import SCORE

PLACES = 3


@dataclass(frozen=True, slots=True)
class Scored:
    """A score that could be made: its value (None for an outcome) and its band, if it has one."""

    score: Score
    value: int | float | None
    band: str | None

    @property
    def total(self) -> str:
        """The column, or the item, that may state it too."""
        return self.score.column


def score(instrument: Instrument, answers: Answers) -> tuple[Scored, ...]:
    """The scores that these answers allow, in the instrument's order.

    `answers` holds ordinals by linkId (no 0, yes 1; text as text) and only what was answered. A
    score whose items are not answered as its rule asks is absent.
    """
    return tuple(
        made
        for number, told in enumerate(_told(instrument))
        if (made := _known(instrument, number, tuple(map(answers.get, told)))) is not None
    )


def alerts(instrument: Instrument, answers: Answers) -> tuple[Alert, ...]:
    """The alerts that these answers raise, whatever the scores, and where none can be made."""
    return tuple(one for one in instrument.alerts if holds(one.when, answers))


def contradictions(instrument: Instrument, answers: Answers) -> Iterator[tuple[str, str]]:
    """(later item, first item) wherever a section's first item says no and a later one says yes."""
    for section in instrument.sections:
        if section.gate and answers.get(section.gate) == 0:
            for link_id in _contradicting(section, answers):
                yield link_id, section.gate


def agrees(stated: float | Decimal, computed: int | float | None) -> bool:
    """Whether a stated total is the computed one, rounded as the stated one is rounded."""
    if computed is None:
        return False
    said, made = Decimal(str(stated)), Decimal(str(computed))
    exponent = said.as_tuple().exponent
    return isinstance(exponent, int) and abs(made - said) * 2 <= Decimal(10) ** min(exponent, 0)


def codings(made: Score) -> list[Mapping[str, str]]:
    """The codes of a score: the national ones, or our own where none is known."""
    return list(made.codes) or [{"system": SCORE, "code": made.id}]


def _contradicting(section: Section, answers: Answers) -> Iterator[str]:
    """The items that say yes, or name something, in a section whose first item says no."""
    return (link_id for link_id in section.items if answers.get(link_id, 0) != 0)


@cache
def _told(instrument: Instrument) -> tuple[tuple[str, ...], ...]:
    """For each score, the items of every section that it takes items from."""
    return tuple(
        tuple(
            link_id
            for section in instrument.sections
            if not set(section.items).isdisjoint(score.items)
            for link_id in section.items
        )
        for score in instrument.scores
    )


@lru_cache(maxsize=1 << 14)
def _known(
    instrument: Instrument, number: int, given: tuple[int | str | None, ...]
) -> Scored | None:
    """The score of that number: the same few answers come again and again."""
    named = zip(_told(instrument)[number], given, strict=True)
    answers = {link_id: answer for link_id, answer in named if answer is not None}
    return _made(instrument, instrument.scores[number], _settled(instrument, answers))


def _settled(instrument: Instrument, answers: Answers) -> Answers:
    """The answers, with 0 for what was rightly skipped.

    A section whose gate is unanswered, or contradicted, says nothing at all.
    """
    settled: dict[str, int | str] = dict(answers)
    for section in instrument.sections:
        gate = answers.get(section.gate, None) if section.gate else 1
        if gate is None or (gate == 0 and any(_contradicting(section, answers))):
            for link_id in section.items:
                settled.pop(link_id, None)
        elif gate == 0:
            settled |= dict.fromkeys(section.items, 0)
        for skip in section.skips:
            if holds(skip.when, answers):
                for link_id in skip.items:
                    settled.setdefault(link_id, 0)
    return settled


def _made(instrument: Instrument, asked: Score, settled: Answers) -> Scored | None:
    if asked.rule is Rule.OUTCOME:
        code = _outcome(asked, settled)
        return None if code is None else Scored(asked, None, code)
    value = _value(instrument, asked, settled)
    return None if value is None else Scored(asked, value, asked.band(value))


def _outcome(asked: Score, settled: Answers) -> str | None:
    for outcome in asked.outcomes:
        true = holds(outcome.when, settled)
        if true is not False:
            return outcome.code if true else None  # left open: nothing after it may stand either
    return None


def _value(instrument: Instrument, asked: Score, settled: Answers) -> int | float | None:
    given = [
        instrument.by_link_id[link_id].points.get(answer)
        for link_id in asked.items
        if isinstance(answer := settled.get(link_id), int)
    ]
    counted = [points for points in given if points is not None]
    if len(counted) < asked.least:
        return None
    if asked.rule is Rule.SUM:
        return sum(counted)
    if asked.rule is Rule.PRORATED:
        return _rounded(sum(counted) * len(asked.items) / len(counted))
    return _rounded(sum(counted) / len(counted)) if len(given) == len(asked.items) else None


def _rounded(value: float) -> int | float:
    """To a thousandth, and a whole number as one."""
    near = round(value, PLACES)
    return int(near) if near.is_integer() else near
