"""What is answered where something of ours breaks, and where the database is away."""

from __future__ import annotations

import pytest

from gateway.actions.failing import failed
from gateway.storage.database import UnusableDatabaseError, connect
from gateway.storage.postgres import UnreachableError


@pytest.mark.parametrize("error", [UnreachableError("gone"), UnusableDatabaseError("gone")])
def test_a_database_that_is_away_is_503(error: Exception) -> None:
    assert failed(error).status == 503


def test_a_bug_is_500_and_tells_nothing_of_itself() -> None:
    answer = failed(ValueError("Amara Shaw"))
    assert answer.status == 500
    assert b"Amara" not in answer.body


def test_a_first_connection_to_a_server_that_is_away_is_503_too() -> None:
    with pytest.raises(UnusableDatabaseError) as raised:
        connect("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    assert failed(raised.value).status == 503
