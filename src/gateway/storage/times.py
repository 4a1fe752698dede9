"""Moments as the database keeps them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """An aware moment as an integer; exact, also far from 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(stored: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stored)


def instant(stored: int) -> str:
    """FHIR instant with milliseconds."""
    return moment_of(stored).isoformat(timespec="milliseconds").replace("+00:00", "Z")
