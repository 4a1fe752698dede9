"""What rules said is kept in a few words, and read back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consent.said import Said, read, together, written

ONE = st.builds(
    Said,
    st.from_regex(r"[A-Za-z0-9.+_-]{1,20}#[a-z0-9-]{1,20}", fullmatch=True),
    st.integers(0, 2**40),
    st.integers(0, 5),
    st.booleans(),
)


@given(st.lists(ONE, unique_by=lambda one: one.rule))
def test_what_is_kept_is_read_back(said: list[Said]) -> None:
    assert read(written(said)) == tuple(said)


def test_nothing_was_said() -> None:
    assert written(()) == ""
    assert read("") == ()


def test_a_rule_that_spoke_twice_is_kept_once_with_all_that_it_said() -> None:
    said = [Said("1#a", 1, 3), Said("1#b", 8, 4, True), Said("1#a", 2, 4)]
    assert together(said) == (Said("1#a", 3, 4), Said("1#b", 8, 4, True))
