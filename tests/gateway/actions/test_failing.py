"""What is answered where something of ours breaks, and where the database is away."""

from __future__ import annotations

from gateway.actions.failing import failed
from gateway.storage.postgres import UnreachableError


def test_a_database_that_is_away_is_503() -> None:
    assert failed(UnreachableError("gone")).status == 503


def test_a_bug_is_500_and_tells_nothing_of_itself() -> None:
    answer = failed(ValueError("Amara Shaw"))
    assert answer.status == 500
    assert b"Amara" not in answer.body
