import pytest

from mappings.moments import NOT_ON_THE_CLOCK, Moment, parse_day, parse_moment
from mappings.verdict import Wrong

READ = {
    "a time with an offset is kept as written": ("2026-03-01T10:30:00+00:00", False),
    "a time in Zulu is kept as written": ("2026-07-01T10:30:00Z", False),
    "digits of a second are kept": ("2026-07-01T10:30:00.120+05:30", False),
    "a day is kept": ("2026-07-01", False),
}
LOCAL = {
    "winter": ("2026-03-01T10:30:00", "2026-03-01T10:30:00+00:00"),
    "summer": ("2026-07-01T10:30:00", "2026-07-01T10:30:00+01:00"),
    "the last second before the gap": ("2026-03-29T00:59:59", "2026-03-29T00:59:59+00:00"),
    "the first second after the gap": ("2026-03-29T02:00:00", "2026-03-29T02:00:00+01:00"),
    "the hour that comes twice, the first time": (
        "2026-10-25T01:30:00",
        "2026-10-25T01:30:00+01:00",
    ),
    "a fraction": ("2026-07-01T10:30:00.5", "2026-07-01T10:30:00.5+01:00"),
    "without seconds": ("2026-07-01T10:30", "2026-07-01T10:30:00+01:00"),
    "with a space": ("2026-07-01 10:30:00", "2026-07-01T10:30:00+01:00"),
}
REFUSED = (
    "",
    "yesterday",
    "01/07/2026",
    "2026-02-30",
    "2026-02-30T10:00:00",
    "2026-07-01T25:00:00",
    "2026-07-01T10:00:60",
    "2026-07-01T10:00:00+25:00",
    "2026-07-01T10:30.5",
    "20260701T103000",
    "2026-W27-3",
    "2026-07",
    "1840-07-01T10:30:00",
    "0001-01-01T00:00:00",
)


@pytest.mark.parametrize("case", READ)
def test_with_an_offset(case):
    text, local = READ[case]
    assert parse_moment(text) == Moment(text, local)
    assert Moment(text, local).flat() == text


@pytest.mark.parametrize("case", LOCAL)
def test_without_an_offset_it_is_london(case):
    text, fhir = LOCAL[case]
    assert parse_moment(text) == Moment(fhir, local=True)
    assert parse_moment(Moment(fhir, local=True).flat()) == Moment(fhir, local=True)


@pytest.mark.parametrize("text", ["2026-03-29T01:00:00", "2026-03-29T01:30:00"])
def test_a_time_that_clocks_skip_is_refused(text):
    assert parse_moment(text) == Wrong(NOT_ON_THE_CLOCK)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_time_is_refused(text):
    assert isinstance(parse_moment(text), Wrong)


def test_the_second_time_round_keeps_its_offset():
    second = Moment("2026-10-25T01:30:00+00:00", local=True)
    assert second.flat() == second.text


def test_a_flag_that_does_not_fit_the_offset_keeps_the_offset():
    assert Moment("2026-07-01T10:00:00-05:00", local=True).flat() == "2026-07-01T10:00:00-05:00"
    assert Moment("2026-01-01T10:00:00Z", local=True).flat() == "2026-01-01T10:00:00Z"


def test_a_birth_date_is_a_whole_day():
    assert parse_day("1980-02-29") == "1980-02-29"
    for text in ("1981-02-29", "1980", "1980-02", "19800229", "29/02/1980", "", "١٩٨٠-٠٢-٢٩"):
        assert isinstance(parse_day(text), Wrong)
