"""What a screening instrument is: items, sections, scores, alerts, embedded parts included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from mappings.conditions import Condition
from mappings.systems import QUESTIONNAIRE


class Kind(Enum):
    """The Questionnaire item types that instruments use."""

    BOOLEAN = "boolean"
    CHOICE = "choice"
    INTEGER = "integer"
    TEXT = "text"


class Rule(Enum):
    """How a score is made of its items.

    SUM needs every item. MEAN needs every item, and leaves out answers that count nothing, such
    as declined. PRORATED scales the sum up to all items where `least` of them count. OUTCOME is
    no number: the first of its outcomes whose condition holds.
    """

    SUM = "sum"
    MEAN = "mean"
    PRORATED = "prorated"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice item; LOINC's answer code, or our own where none is known.

    An answer that is not `scored` (declined, not known) has a number only in flat records.
    """

    ordinal: int
    label: str
    system: str
    code: str
    scored: bool


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One question. `readings` maps what a cell may say to the answer; empty for text.

    `words` is the way back. `points` is what each answer counts, reversed items already reversed;
    an answer that counts nothing is absent.
    """

    link_id: str
    label: str
    kind: Kind
    codes: tuple[Mapping[str, str], ...]
    choices: tuple[Choice, ...]
    readings: Mapping[str, int]
    words: Mapping[int, str]
    points: Mapping[int, int]
    reverse: bool

    @property
    def right(self) -> str:
        """What would be a right answer, for a message."""
        if self.kind is Kind.INTEGER:
            return f"must be a whole number from {min(self.words)} to {max(self.words)}, or empty"
        return f"must be {' or '.join(dict.fromkeys(self.words.values()))}, or empty"


@dataclass(frozen=True, slots=True)
class Band:
    """The scores from `low` to `high`, both included, by the band's code."""

    code: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the answers amount to where `when` holds; None where they settle nothing."""

    code: str | None
    when: Condition


@dataclass(frozen=True, slots=True)
class Score:
    """A score over some items. `column` may state it ("" where nothing may).

    `least` is how many items must count. `accepted` are codes that are read and never written.
    `provisional`: its bands or outcomes await confirmation. `caseness`: the lowest score from which
    NHS Talking Therapies counts a case; None where it counts none by this score.
    """

    id: str
    column: str
    label: str
    rule: Rule
    items: tuple[str, ...]
    least: int
    outcomes: tuple[Outcome, ...]
    codes: tuple[Mapping[str, str], ...]
    accepted: tuple[Mapping[str, str], ...]
    bands: tuple[Band, ...]
    provisional: bool
    caseness: int | None = None

    @property
    def whole(self) -> bool:
        """True where the score is always a whole number."""
        return self.rule is Rule.SUM

    def band(self, value: float) -> str | None:
        """The band of a value; None where the score has none, or the value lies between two."""
        found = (band.code for band in self.bands if band.low <= value <= band.high)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Skip:
    """Where `when` holds these items need no answer: unanswered, they count as 0."""

    when: Condition
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Items that belong together. Where the gate, one of them, says no, the others are 0."""

    id: str
    label: str
    items: tuple[str, ...]
    gate: str | None
    skips: tuple[Skip, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """What some answers ask of the recording service at once: what to do, within how many hours."""

    id: str
    when: Condition
    do: str
    hours: int


@dataclass(frozen=True, slots=True)
class Variants:
    """Versions of one instrument that share a Questionnaire; the response says which it was."""

    column: str
    extension: str
    codes: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Instrument:
    """Everything that is known of one instrument, its embedded instruments' parts included."""

    id: str
    version: str
    title: str
    aliases: tuple[str, ...]
    offered: bool
    recall: str
    copyright: str
    codes: tuple[Mapping[str, str], ...]
    variants: Variants | None
    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    scores: tuple[Score, ...]
    alerts: tuple[Alert, ...]

    @property
    def canonical(self) -> str:
        return f"{QUESTIONNAIRE}/{self.id}|{self.version}"

    @cached_property
    def by_link_id(self) -> dict[str, Item]:
        return {item.link_id: item for item in self.items}

    @cached_property
    def totals(self) -> dict[str, Score]:
        """The scores by the column, or response item, that may state them."""
        return {score.column: score for score in self.scores if score.column}
