"""What a screening instrument is: items, sections, scores and bands, embedded parts included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from mappings.systems import QUESTIONNAIRE


class Kind(Enum):
    """The Questionnaire item types that instruments use."""

    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"


class Missing(Enum):
    """When a score can be made: all items answered, or the gate's "no" standing for the rest."""

    ALL = "all"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice item; LOINC's answer code, or our own where none is known."""

    ordinal: int
    label: str
    system: str
    code: str


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One question. `readings` maps what a cell may say to the ordinal; empty for text."""

    link_id: str
    label: str
    kind: Kind
    codes: tuple[Mapping[str, str], ...]
    choices: tuple[Choice, ...]
    readings: Mapping[str, int]
    words: Mapping[int, str]

    @property
    def right(self) -> str:
        """What would be a right answer, for a message."""
        return f"must be {' or '.join(dict.fromkeys(self.words.values()))}, or empty"


@dataclass(frozen=True, slots=True)
class Band:
    """The scores from `low` to `high`, both included, by the band's code."""

    code: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Score:
    """A sum over the items of a section. `provisional`: its bands await confirmation."""

    id: str
    label: str
    missing: Missing
    codes: tuple[Mapping[str, str], ...]
    bands: tuple[Band, ...]
    provisional: bool

    def band(self, value: int) -> str:
        return next(band.code for band in self.bands if band.low <= value <= band.high)


@dataclass(frozen=True, slots=True)
class Section:
    """Items that belong together; `total` is the column that may state its score."""

    id: str
    label: str
    items: tuple[str, ...]
    gate: str | None
    score: Score | None
    total: str


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
    copyright: str
    codes: tuple[Mapping[str, str], ...]
    variants: Variants | None
    items: tuple[Item, ...]
    sections: tuple[Section, ...]

    @property
    def canonical(self) -> str:
        return f"{QUESTIONNAIRE}/{self.id}|{self.version}"

    @cached_property
    def by_link_id(self) -> dict[str, Item]:
        return {item.link_id: item for item in self.items}

    @cached_property
    def totals(self) -> dict[str, Score]:
        """The scores by the column, or response item, that may state them."""
        return {section.total: section.score for section in self.sections if section.score}
