"""Dates and times of flat records, as FHIR writes them, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mappings.systems import TZ_CODE
from mappings.verdict import Wrong

ZONE = "Europe/London"
LONDON = ZoneInfo(ZONE)
TOLD_IN_LONDON = {"extension": [{"url": TZ_CODE, "valueCode": ZONE}]}
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(\.\d{1,9})?"
    r"(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?",
    re.ASCII,
)
NOT_A_DAY = "must be a date that exists, written YYYY-MM-DD"
NOT_A_TIME = "must be a date or time of ISO 8601, such as 2026-03-01T10:30:00 or 2026-03-01"
NOT_ON_THE_CLOCK = "is a time that clocks in Europe/London skip; state an offset"


@dataclass(frozen=True, slots=True)
class Moment:
    """A FHIR dateTime; `local` where it was told by the clock in Europe/London, offset unsaid."""

    text: str
    local: bool = False

    @property
    def day(self) -> str:
        return self.text[:10]

    @property
    def timed(self) -> bool:
        return len(self.text) > 10

    def flat(self) -> str:
        """As a flat record says it: without the offset only where that leads back to this."""
        if not self.local:
            return self.text
        clock = self.text.removesuffix("Z") if self.text.endswith("Z") else self.text[:-6]
        return clock if parse_moment(clock) == self else self.text


def dated(element: str, moment: Moment) -> dict[str, Any]:
    """The element with its moment, and R4's tz-code where London's clock told it."""
    return {element: moment.text} | ({f"_{element}": TOLD_IN_LONDON} if moment.local else {})


def flat_in(resource: Mapping[str, Any], element: str) -> str:
    """The moment that an element holds, as a flat record says it; it may not be one."""
    beside = (resource.get(f"_{element}") or {}).get("extension", ())
    local = any(one.get("url") == TZ_CODE and one.get("valueCode") == ZONE for one in beside)
    return Moment(str(resource.get(element, "")), local).flat()


def later(moment: Moment, hours: int) -> str:
    """The moment that many hours on, to the second; a day becomes a day, begun days counted."""
    try:
        if not moment.timed:
            days = timedelta(days=-(-hours // 24))
            return (date.fromisoformat(moment.text) + days).isoformat()
        whole = datetime.fromisoformat(moment.text).replace(microsecond=0)
        return (whole + timedelta(hours=hours)).isoformat()
    except OverflowError:  # the last days of the year 9999
        return moment.text


def parse_day(text: str) -> str | Wrong:
    """A whole calendar date, unchanged."""
    if DAY.fullmatch(text) is None or not text.isascii():
        return Wrong(NOT_A_DAY)
    try:
        date.fromisoformat(text)
    except ValueError:
        return Wrong(NOT_A_DAY)
    return text


def parse_moment(text: str) -> Moment | Wrong:
    """A day or a time. Without an offset it is Europe/London's clock, the first time round.

    The hour that the clocks skip in spring is refused; the hour that they repeat in autumn is
    read as summer time, as PEP 495's fold 0 has it. Digits of a second are kept as written.
    """
    if len(text) == 10:
        day = parse_day(text)
        return Wrong(NOT_A_TIME) if isinstance(day, Wrong) else Moment(day)
    match = TIME.fullmatch(text)
    if match is None:
        return Wrong(NOT_A_TIME)
    day_text, clock, seconds, fraction, offset = match.groups()
    if fraction and not seconds:
        return Wrong(NOT_A_TIME)
    whole = f"{day_text}T{clock}{seconds or ':00'}"
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        return Wrong(NOT_A_TIME)
    if offset:
        return Moment(f"{whole}{fraction or ''}{offset}")
    return _by_the_clock(whole, fraction or "", moment)


def _by_the_clock(whole: str, fraction: str, moment: datetime) -> Moment | Wrong:
    here = moment.replace(tzinfo=LONDON)
    try:
        back = here.astimezone(UTC).astimezone(LONDON)
    except OverflowError:
        return Wrong(NOT_A_TIME)
    if back.replace(tzinfo=None) != moment:
        return Wrong(NOT_ON_THE_CLOCK)
    offset = here.isoformat()[19:]
    if len(offset) != 6:  # before 1847 the clock had seconds in its offset; FHIR has none
        return Wrong(NOT_A_TIME)
    return Moment(f"{whole}{fraction}{offset}", local=True)
