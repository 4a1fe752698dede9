"""More people in one question than a statement takes values."""

from __future__ import annotations

from contextlib import closing

from gateway.storage import concerned
from gateway.storage.database import connect

MANY = 70_000


def test_very_many_people_are_asked_about_at_once(database_url: str) -> None:
    with closing(connect(database_url)) as connection:
        assert concerned.of_identities(connection, range(MANY)) == []
        assert concerned.of_resources(connection, "Observation", list(map(str, range(MANY)))) == []
