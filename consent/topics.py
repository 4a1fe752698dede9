"""What a resource can be about, as bits: the topics that people, labels and consents speak of.

The listed sensitivity codes of HL7's v3 ActCode and our own CodeSystem/topic, from
`labels/topics.json`. A topic is one bit of a mask. Bit numbers never change, because databases
hold them. ETH is the older code for SUD and reads as it. Obligations (NORDSCLCD and the like) and
HTEST are no topics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import fhir_profiles

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
TOPIC_SYSTEM = "https://onestory.example/fhir/CodeSystem/topic"
LEVELS = "ULMNRV"
_HIGHEST = LEVELS.index("V")


@dataclass(frozen=True, slots=True)
class PageTopic:
    """A topic as the person sees it: a key for forms, words for people, and what it covers."""

    key: str
    words: str
    mask: int


@dataclass(frozen=True, slots=True)
class _Topics:
    bits: dict[tuple[str, str], int]
    codings: tuple[tuple[int, dict[str, str]], ...]
    below: dict[int, int]
    above: dict[int, int]
    ceiling: int
    ceiling_at_v: int
    page: tuple[PageTopic, ...]


def bit(system: str, code: str) -> int:
    """The topic's bit; 0 where the code is no topic of ours."""
    return _topics().bits.get((system, code), 0)


def mask_of(*codes: str) -> int:
    """The mask of topics named by code alone; KeyError where there is none such."""
    known = {code: value for (_, code), value in _topics().bits.items()}
    mask = 0
    for code in codes:
        mask |= known[code]
    return mask


def all_codes() -> tuple[str, ...]:
    """Every topic by code alone, as `mask_of` takes them."""
    return tuple(dict.fromkeys(coding["code"] for _, coding in _topics().codings))


def below(mask: int) -> int:
    """The mask with everything beneath it."""
    table = _topics().below
    for single in _each(mask):
        mask |= table.get(single, 0)
    return mask


def above(mask: int) -> int:
    """The umbrellas (SPI, BH, SUD) above a topic of the mask, without the mask itself.

    MH is a parent but no umbrella: it is written where it was asked about in its own right.
    """
    table = _topics().above
    found = 0
    for single in _each(mask):
        found |= table.get(single, 0)
    return found


def under_ceiling(mask: int, level: int) -> bool:
    """Whether nothing releases this: a ceiling topic, or domestic abuse at V, which marks MARAC."""
    table = _topics()
    return bool(mask & table.ceiling) or (level >= _HIGHEST and bool(mask & table.ceiling_at_v))


def codings(mask: int) -> list[dict[str, str]]:
    """FHIR Codings of the mask, in the order of their bits."""
    return [dict(coding) for value, coding in _topics().codings if mask & value]


def level_of(code: str) -> int | None:
    """A confidentiality code's rank from U=0 to V=5; None where it is no such code."""
    return LEVELS.index(code) if len(code) == 1 and code in LEVELS else None


def page_topics() -> tuple[PageTopic, ...]:
    """The topics that a person chooses among, in the order of the page."""
    return _topics().page


def _each(mask: int) -> list[int]:
    return [1 << place for place in range(mask.bit_length()) if mask >> place & 1]


@cache
def _topics() -> _Topics:
    data = fhir_profiles.load("labels/topics.json")
    rows: list[dict[str, Any]] = data["topics"]
    by_code = {row["code"]: 1 << row["bit"] for row in rows}
    bits = {(row["system"], row["code"]): by_code[row["code"]] for row in rows}
    for alias in data["aliases"]:
        bits[alias["system"], alias["code"]] = by_code[alias["reads_as"]]
    ancestors = {row["code"]: _ancestors(row["code"], rows) for row in rows}
    umbrellas = {row["code"] for row in rows if row.get("umbrella")}
    return _Topics(
        bits=bits,
        codings=tuple(
            (by_code[row["code"]], {"system": row["system"], "code": row["code"]})
            for row in sorted(rows, key=lambda row: int(row["bit"]))
        ),
        below={
            by_code[code]: sum(by_code[other] for other in by_code if code in ancestors[other])
            for code in by_code
        },
        above={
            by_code[code]: sum(by_code[other] for other in ancestors[code] if other in umbrellas)
            for code in by_code
        },
        ceiling=sum(by_code[row["code"]] for row in rows if row.get("ceiling") is True),
        ceiling_at_v=sum(by_code[row["code"]] for row in rows if row.get("ceiling") == "V"),
        page=tuple(
            PageTopic(row["key"], row["words"], sum(by_code[code] for code in row["topics"]))
            for row in data["page"]
        ),
    )


def _ancestors(code: str, rows: list[dict[str, Any]]) -> list[str]:
    parents = {row["code"]: row.get("parent") for row in rows}
    found: list[str] = []
    while (parent := parents[code]) is not None:
        found.append(parent)
        code = parent
    return found
