"""Whether a text is a date or a time as R4 writes it, and exists."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

from consent.dates import interval

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = r"(?P<year>[0-9]{4})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,20})?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_DATE = re.compile(_DAY + ")?)?")
_DATETIME = re.compile(f"{_DAY}(?P<clock>T{_CLOCK}{_ZONE})?)?)?")
_TIME = re.compile(_CLOCK)


def _possible(found: re.Match[str] | None) -> bool:
    """Whether the day exists in that month of that year."""
    if found is None or found["year"] == "0000":
        return False
    day = found["day"]
    return day is None or day <= "28" or int(day) <= _length(found["year"], found["month"])


def _length(year: str, month: str) -> int:
    return monthrange(int(year), int(month))[1]


def is_date(text: str) -> bool:
    """A year, a month or a day that exists."""
    return _possible(_DATE.fullmatch(text))


def is_datetime(text: str) -> bool:
    """A date, or a day with a time to the second and its offset from UTC."""
    return _possible(_DATETIME.fullmatch(text))


def is_instant(text: str) -> bool:
    """A day with a time to the second and its offset from UTC."""
    return "T" in text and is_datetime(text)


def is_time(text: str) -> bool:
    """A time of day to the second, without an offset."""
    return _TIME.fullmatch(text) is not None


def microseconds(moment: datetime) -> int:
    """An aware moment as whole microseconds since 1970, UTC; exact, also far from 1970."""
    return (moment - EPOCH) // _MICROSECOND


def surely_after(start: object, end: object) -> bool:
    """Whether every instant that `start` may mean is later than every one of `end`."""
    if not isinstance(start, str) or not isinstance(end, str):
        return False
    opening, closing = interval(start), interval(end)
    return opening is not None and closing is not None and opening[0] > closing[1]
