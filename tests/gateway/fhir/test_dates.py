"""Dates that do not exist, and periods that end before they start."""

from __future__ import annotations

import pytest

from gateway.fhir import dates


@pytest.mark.parametrize(
    "text", ["", "26", "2026-00", "2026-13", "2026-02-29", "2026-1-1", "2026-01-01T10:00", "x"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    assert not dates.is_datetime(text)


def test_a_start_is_after_an_end_only_where_no_reading_saves_it() -> None:
    assert dates.surely_after("2026-02-02", "2026-02-01")
    assert not dates.surely_after("2026-02-02", "2026-02")
    assert not dates.surely_after("2026-02-02T10:00:00Z", "2026-02-02")
    assert not dates.surely_after(7, "2026")
    assert not dates.surely_after("2026", None)
