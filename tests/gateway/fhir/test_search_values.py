"""A query's values, read as R4 writes them; what is none of them is nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.entries import microseconds
from gateway.fhir.search_values import Amount, Token, amount, moment, plain, split, token

NOW = datetime(2026, 5, 3, tzinfo=UTC)
DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a", Token(None, "a")),
        ("s|a", Token("s", "a")),
        ("|a", Token("", "a")),
        ("s|", Token("s", None)),
        (r"s|a\|b", Token("s", "a|b")),
        (r"a\,b", Token(None, "a,b")),
        (r"a\\b", Token(None, r"a\b")),
        ("", None),
        ("|", None),
        ("a|b|c", None),
    ],
)
def test_tokens(text: str, read: Token | None) -> None:
    assert token(text) == read


@given(parts=st.lists(st.text(alphabet="ab,|$\\", max_size=5), min_size=1, max_size=5))
def test_what_is_escaped_is_read_back(parts: list[str]) -> None:
    def escaped(text: str) -> str:
        return "".join(f"\\{letter}" if letter in "\\,|$" else letter for letter in text)

    assert [plain(each) for each in split(",".join(map(escaped, parts)), ",")] == parts


@pytest.mark.parametrize(
    ("text", "units", "read"),
    [
        ("5", True, Amount("eq", Decimal("5"))),
        ("ge5.40", True, Amount("ge", Decimal("5.40"))),
        ("ap-1e2", False, Amount("ap", Decimal("-1e2"))),
        ("5|urn:u|mg", True, Amount("eq", Decimal("5"), "urn:u", "mg")),
        ("5||mg", True, Amount("eq", Decimal("5"), None, "mg")),
        ("5|urn:u|mg", False, None),
        ("5|mg", True, None),
        ("5||", True, None),
        ("xx5", True, None),
        ("NaN", True, None),
        ("Infinity", True, None),
        ("1e9999", True, None),
        ("", True, None),
    ],
)
def test_numbers_and_quantities(text: str, units: bool, read: Amount | None) -> None:
    assert amount(text, units=units) == read
    if read is not None:
        assert read.number.as_tuple() == amount(text, units=units).number.as_tuple()  # type: ignore[union-attr]


def test_about_a_date_widens_with_its_distance_from_now() -> None:
    near, far = moment("ap2026-05-02T00:00:00Z", NOW), moment("ap2026-01-03T00:00:00Z", NOW)
    assert near is not None
    assert far is not None
    first = microseconds(datetime(2026, 1, 3, tzinfo=UTC))
    assert far.low == pytest.approx(first - 12 * DAY, abs=DAY / 100)
    assert near.high - near.low < DAY
    assert moment("yesterday", NOW) is None
    assert moment("zz2026", NOW) is None
