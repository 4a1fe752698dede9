"""A partial date is its whole interval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.dates import EARLIEST, LATEST, interval, interval_of, spanned

MOMENTS = st.datetimes(
    datetime.fromisoformat("1900-01-01"),
    datetime.fromisoformat("2200-01-01"),
    timezones=st.just(UTC),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01T00:00:00+00:00", "2026-12-31T23:59:59.999999+00:00"),
        ("2026-05", "2026-05-01T00:00:00+01:00", "2026-05-31T23:59:59.999999+01:00"),
        ("2026-12", "2026-12-01T00:00:00+00:00", "2026-12-31T23:59:59.999999+00:00"),
        ("2026-05-03", "2026-05-03T00:00:00+01:00", "2026-05-03T23:59:59.999999+01:00"),
        ("2026-10-25", "2026-10-25T00:00:00+01:00", "2026-10-25T23:59:59.999999+00:00"),
        ("2026-05-03T10:00Z", "2026-05-03T10:00:00+00:00", "2026-05-03T10:00:59.999999+00:00"),
        ("2026-05-03T10:00:07Z", "2026-05-03T10:00:07+00:00", "2026-05-03T10:00:07.999999+00:00"),
        (
            "2026-05-03T10:00:07.25-05:00",
            "2026-05-03T15:00:07.250000+00:00",
            "2026-05-03T15:00:07.259999+00:00",
        ),
        (
            "2026-05-03T10:00:07+05:59",
            "2026-05-03T04:01:07+00:00",
            "2026-05-03T04:01:07.999999+00:00",
        ),
        ("2026-05-03T10:00:07", "2026-05-03T09:00:07+00:00", "2026-05-03T09:00:07.999999+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00", "2016-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_date_is_the_whole_time_that_it_may_mean(text: str, first: str, last: str) -> None:
    assert interval(text) == (at(first), at(last))


@pytest.mark.parametrize(
    "text",
    [
        "", "26", "2026-13", "2026-02-30", "0000", "2026-5-3", "2026-05-03T",
        "2026-05-03T24:00:00Z",
        "2026-05-03T10:00:61Z", "2026-05-03T10:00:00+15:00", "2026-05-03T10:00:00+05:60",
        "yesterday", "2026-05-03 10:00",
        "٢٠٢٦",
    ],
)  # fmt: skip
def test_what_is_no_date_has_no_interval(text: str) -> None:
    assert interval(text) is None


@pytest.mark.parametrize("text", ["9999", "9999-12", "9999-12-31", "9999-12-31T23:59:59-14:00"])
def test_the_end_of_time_is_an_end(text: str) -> None:
    read = interval(text)
    assert read is not None
    assert read[1] == LATEST


def test_the_beginning_of_time_is_a_beginning() -> None:
    read = interval("0001-01-01T00:00:00+14:00")
    assert read is not None
    assert read[0] == EARLIEST


def test_what_is_beyond_an_end_of_time_is_at_that_end() -> None:
    assert interval("9999-12-31T23:59:59-14:00") == (LATEST, LATEST)
    assert interval("0001-01-01T00:00:00+14:00") == (EARLIEST, EARLIEST)


@given(MOMENTS)
def test_a_moment_lies_within_every_shorter_form_of_itself(moment: datetime) -> None:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    zoned = interval(f"{text}Z")
    assert zoned is not None
    assert zoned[0] <= moment <= zoned[1]
    assert zoned[1] - zoned[0] == timedelta(microseconds=999_999)


@given(MOMENTS)
def test_a_longer_date_lies_within_the_shorter_one(moment: datetime) -> None:
    day = moment.strftime("%Y-%m-%d")
    spans = [interval(day[:length]) for length in (4, 7, 10)]
    assert all(
        outer and inner and outer[0] <= inner[0] <= inner[1] <= outer[1]
        for outer, inner in pairwise(spans)
    )


def test_a_period_reaches_from_the_start_of_its_start_to_the_end_of_its_end() -> None:
    assert interval_of({"start": "2026", "end": "2026-02"}) == (
        at("2026-01-01T00:00:00+00:00"),
        at("2026-02-28T23:59:59.999999+00:00"),
    )


def test_a_period_without_an_end_is_open() -> None:
    assert interval_of({"start": "2026"}) == (at("2026-01-01T00:00:00+00:00"), LATEST)
    assert interval_of({"end": "2026"}) == (EARLIEST, at("2026-12-31T23:59:59.999999+00:00"))


def test_a_timing_is_dated_by_its_events_or_its_bounds() -> None:
    assert interval_of({"event": ["2026-01-01", "2026-01-03"]}) == (
        at("2026-01-01T00:00:00+00:00"),
        at("2026-01-03T23:59:59.999999+00:00"),
    )
    assert interval_of({"repeat": {"boundsPeriod": {"start": "2026"}}}) == interval_of(
        {"start": "2026"}
    )


@pytest.mark.parametrize(
    "value", [{"value": 3}, {"start": "soon"}, {"repeat": {}}, 3, None, {}, {"event": []}]
)
def test_what_names_no_date_is_undated(value: object) -> None:
    assert interval_of(value) is None


def test_nothing_spans_nothing() -> None:
    assert spanned([None, None]) is None
