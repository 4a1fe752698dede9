"""A page link says where to go on, to whom it was given, and nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from gateway import keys as key_files
from gateway.actions.cursor import cursor, place_of
from gateway.keys import Keys

ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def keys(installed: Path) -> Keys:
    return key_files.load(installed)


def test_a_cursor_opens_for_whom_and_for_what_it_was_made(keys: Keys) -> None:
    place = (7, None, "Núñez", ID)
    text = cursor(keys, "us\0Observation", place)
    assert place_of(keys, "us\0Observation", text) == place
    assert place_of(keys, "them\0Observation", text) is None
    assert place_of(keys, "us\0Encounter", text) is None


def test_the_same_place_has_the_same_link(keys: Keys) -> None:
    assert cursor(keys, "us", (7, ID)) == cursor(keys, "us", (7, ID))
    assert cursor(keys, "us", (7, ID)) != cursor(keys, "us", (8, ID))


def test_a_cursor_does_not_tell_how_much_there_is(keys: Keys) -> None:
    assert len({len(cursor(keys, "us", (10**n, ID))) for n in range(18)}) == 1


@pytest.mark.parametrize("text", ["", "x", "é", "====", "A" * 5_000, "eyJhIjoxfQ"])
def test_what_is_no_cursor_opens_nowhere(keys: Keys, text: str) -> None:
    assert place_of(keys, "us", text) is None


def test_what_is_random_opens_nowhere(keys: Keys) -> None:
    assert place_of(keys, "us", secrets.token_urlsafe(60)) is None


def test_a_cursor_with_a_letter_changed_opens_nowhere(keys: Keys) -> None:
    text = cursor(keys, "us", (7, ID))
    for place in range(0, len(text), 9):
        other = "A" if text[place] != "A" else "B"
        assert place_of(keys, "us", text[:place] + other + text[place + 1 :]) is None
