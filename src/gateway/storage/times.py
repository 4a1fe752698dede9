"""Moments as the database keeps them: whole microseconds since 1970, UTC."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from gateway.fhir.dates import EPOCH, microseconds

__all__ = ["http_date", "instant", "microseconds", "moment_of"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NAIVE = EPOCH.replace(tzinfo=None)  # written several times as fast


def moment_of(stored: int) -> datetime:
    return EPOCH + timedelta(microseconds=stored)


def http_date(stored: int) -> str:
    """As HTTP's headers write it."""
    at = time.gmtime(stored // 1_000_000)
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
    return f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year} {clock}"


def instant(stored: int) -> str:
    """FHIR instant with milliseconds."""
    return (_NAIVE + timedelta(microseconds=stored)).isoformat(timespec="milliseconds") + "Z"
