"""FHIR dates as the intervals that they name.

A partial date is its whole interval: 2026-05 is all of May, 2026-05-03T10:00:00Z all of that
second. Where no offset is stated, Europe/London is meant. Both ends are inclusive, aware and UTC,
to the microsecond.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

Interval = tuple[datetime, datetime]

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_DATE_TIME = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


@lru_cache(maxsize=1 << 12)
def interval(text: str) -> Interval | None:
    """The first and last moment of a FHIR date, dateTime or instant; None where it is none."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        first, following = _bounds(parts)
        zone = _zone(parts["zone"])
    except (ValueError, OverflowError):
        return None
    return _utc(first, zone), _end(following, zone)


def interval_of(value: Any) -> Interval | None:
    """The interval of a date, Period or Timing as FHIR JSON; None where it names no date.

    A Period without an end is open to the future, one without a start open to the past.
    """
    match value:
        case str():
            return interval(value)
        case {"event": [*events]} if events:
            return spanned(interval_of(event) for event in events)
        case {"repeat": {"boundsPeriod": bounds}}:
            return interval_of(bounds)
        case {"start": str()} | {"end": str()}:
            return _period(value)
        case _:
            return None


def spanned(intervals: Iterable[Interval | None]) -> Interval | None:
    """From the first moment of all to the last; None where there is none."""
    known = [one for one in intervals if one is not None]
    if not known:
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _period(period: Mapping[str, Any]) -> Interval | None:
    start = interval(period["start"]) if "start" in period else (EARLIEST, EARLIEST)
    end = interval(period["end"]) if "end" in period else (LATEST, LATEST)
    return None if start is None or end is None else (start[0], end[1])


def _bounds(parts: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    """The first local moment and the first one after (None: after the end of time)."""
    year, month, day = int(parts["year"]), int(parts["month"] or 1), int(parts["day"] or 1)
    second = int(parts["second"] or 0)
    if second > 60:
        raise ValueError("a minute has no such second")
    fraction = (parts["fraction"] or "")[:6]
    first = datetime(  # noqa: DTZ001 - local to the zone that is read beside it
        year,
        month,
        day,
        int(parts["hour"] or 0),
        int(parts["minute"] or 0),
        min(second, 59),  # a leap second has no place in a datetime: it counts with the one before
        int(fraction.ljust(6, "0")),
    )
    if parts["month"] is None:
        return first, first.replace(year=year + 1) if year < 9999 else None
    if parts["day"] is None:
        if month == 12:
            return first, first.replace(year=year + 1, month=1) if year < 9999 else None
        return first, first.replace(month=month + 1)
    return first, _after(first, parts, len(fraction))


def _after(first: datetime, parts: Mapping[str, Any], digits: int) -> datetime | None:
    if parts["hour"] is None:
        step = timedelta(days=1)
    elif parts["second"] is None:
        step = timedelta(minutes=1)
    else:
        step = timedelta(microseconds=10 ** (6 - digits))
    try:
        return first + step
    except OverflowError:
        return None


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return _london()
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError("no such offset")
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


@cache
def _london() -> ZoneInfo:
    return ZoneInfo("Europe/London")


def _end(following: datetime | None, zone: tzinfo) -> datetime:
    if following is None:
        return LATEST
    after = _utc(following, zone)
    return after if after in (EARLIEST, LATEST) else after - _MICROSECOND


def _utc(local: datetime, zone: tzinfo) -> datetime:
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # beyond one end of time, which is as good as at it
        return EARLIEST if local.year == EARLIEST.year else LATEST
