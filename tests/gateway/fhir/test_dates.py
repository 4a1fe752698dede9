"""Dates as intervals, and dates that do not exist."""

from __future__ import annotations

import pytest

from gateway.fhir import dates


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01T00:00:00+00:00", "2026-12-31T23:59:59.999999+00:00"),
        ("2026-07", "2026-06-30T23:00:00+00:00", "2026-07-31T22:59:59.999999+00:00"),
        ("2024-02-29", "2024-02-29T00:00:00+00:00", "2024-02-29T23:59:59.999999+00:00"),
        ("2026-07-01T10:00:00+01:00", "2026-07-01T09:00:00+00:00", "2026-07-01T09:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00", "2016-12-31T23:59:59+00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_a_date_is_all_the_time_that_it_may_mean(text: str, first: str, last: str) -> None:
    found = dates.interval(text)
    assert found is not None
    assert (found[0].isoformat(), found[1].isoformat()) == (first, last)


def test_the_ends_of_the_calendar_do_not_break_it() -> None:
    for text in ("0001", "9999", "9999-12-31", "9999-12-31T23:59:60-14:00", "0001-01-01"):
        found = dates.interval(text)
        assert found is not None
        assert found[0] <= found[1]


@pytest.mark.parametrize(
    "text", ["", "26", "2026-00", "2026-13", "2026-02-29", "2026-1-1", "2026-01-01T10:00", "x"]
)
def test_what_is_no_date_has_no_interval(text: str) -> None:
    assert dates.interval(text) is None
    assert not dates.is_datetime(text)


def test_a_start_is_after_an_end_only_where_no_reading_saves_it() -> None:
    assert dates.surely_after("2026-02-02", "2026-02-01")
    assert not dates.surely_after("2026-02-02", "2026-02")
    assert not dates.surely_after("2026-02-02T10:00:00Z", "2026-02-02")
    assert not dates.surely_after(7, "2026")
    assert not dates.surely_after("2026", None)
