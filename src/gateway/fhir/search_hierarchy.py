"""What stands above and below a code: the topics that labels speak of, and nothing else."""

from __future__ import annotations

from consent.topics import CONFIDENTIALITY, LEVELS, below, bit
from gateway.fhir.search_values import Token


def is_known(asked: Token) -> bool:
    """Whether the code has a place among the topics or the levels of confidentiality."""
    return asked.code is not None and bool(_bit(asked.system, asked.code) or _level(asked))


def is_below(asked: Token, system: str | None, code: str | None) -> bool:
    """Whether a code is the one asked for or beneath it."""
    if _level(asked):
        return _reaches(asked, system, code, up=False)
    return bool(_bit(system, code) & below(_bit(asked.system, asked.code)))


def is_above(asked: Token, system: str | None, code: str | None) -> bool:
    """Whether a code is the one asked for or above it."""
    if _level(asked):
        return _reaches(asked, system, code, up=True)
    return bool(_bit(asked.system, asked.code) & below(_bit(system, code)))


def _bit(system: str | None, code: str | None) -> int:
    return bit(system, code) if system and code else 0


def _level(asked: Token) -> bool:
    return asked.system == CONFIDENTIALITY and (asked.code or "") in tuple(LEVELS)


def _reaches(asked: Token, system: str | None, code: str | None, *, up: bool) -> bool:
    if system != CONFIDENTIALITY or (code or "") not in tuple(LEVELS):
        return False
    mine, theirs = LEVELS.index(str(asked.code)), LEVELS.index(str(code))
    return theirs >= mine if up else theirs <= mine
