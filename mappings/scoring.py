"""Scores are computed from answers, never believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from mappings.instrument import Instrument, Missing, Score, Section
from mappings.systems import SCORE

Answers = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Scored:
    """A score that could be made. `total` is the column, or the item, that may state it too."""

    score: Score
    total: str
    value: int
    band: str


def score(instrument: Instrument, answers: Answers) -> tuple[Scored, ...]:
    """The scores that these answers allow, in the order of the sections.

    `answers` holds ordinals by linkId (no 0, yes 1; text as text) and only what was answered. A
    section without a score, or whose items are not answered as its missing rule asks, is absent.
    """
    return tuple(
        Scored(section.score, section.total, value, section.score.band(value))
        for section in instrument.sections
        if section.score and (value := _sum(section, section.score, answers)) is not None
    )


def contradictions(instrument: Instrument, answers: Answers) -> Iterator[tuple[str, str]]:
    """(later item, first item) wherever a section's first item says no and a later one says yes."""
    for section in instrument.sections:
        if section.gate and answers.get(section.gate) == 0:
            for link_id in _contradicting(section, answers):
                yield link_id, section.gate


def _contradicting(section: Section, answers: Answers) -> Iterator[str]:
    """The items that say yes, or name something, in a section whose first item says no."""
    return (link_id for link_id in section.items if answers.get(link_id, 0) != 0)


def codings(made: Score) -> list[Mapping[str, str]]:
    """The codes of a score: the national ones, or our own where none is known."""
    return list(made.codes) or [{"system": SCORE, "code": made.id}]


def _sum(section: Section, made: Score, answers: Answers) -> int | None:
    match made.missing:
        case Missing.ALL:
            pass
        case Missing.GATE:
            if section.gate and answers.get(section.gate) == 0:
                return None if any(_contradicting(section, answers)) else 0
        case _:
            assert_never(made.missing)
    total = 0
    for link_id in section.items:
        value = answers.get(link_id)
        if not isinstance(value, int):
            return None
        total += value
    return total
