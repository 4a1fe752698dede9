"""What the log says was received before who received what was kept beside it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from postgres_server import Databases

from gateway.storage.database import connect, migrate_schema

READ = {
    "role": "service",
    "outcome": "permitted",
    "purpose": "TREAT",
    "entities": ["Observation/a", "Observation/b"],
    "consents": ["Consent/c/_history/1"],
}
ROWS = {
    "o1": READ,
    "o2": READ | {"entities": ["Observation/a"]},
    "refused": READ | {"outcome": "refused"},
    "portal": READ | {"role": "portal"},
    "emergency": READ | {"purpose": "BTG"},
    "own": {name: value for name, value in READ.items() if name != "consents"},
}


@pytest.fixture(params=["sqlite", "postgres"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as it was, with a log."""
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    if request.param == "postgres":
        databases: Databases = request.getfixturevalue("postgres")
        url = databases.url(databases.create())
    migrate_schema(url, "0007")
    with closing(connect(url)) as connection:
        for number, (organization, entry) in enumerate(ROWS.items()):
            connection.execute(
                "INSERT INTO audit(number, id, at, organization, entry, leaf)"
                " VALUES (?, ?, 0, ?, ?, ?)",
                (
                    number,
                    organization,
                    f"Organization/{organization}",
                    msgspec.json.encode(entry),
                    b"",
                ),
            )
    return url


def test_what_was_received_under_a_consent_is_kept_from_then_on(before: str) -> None:
    migrate_schema(before)
    with closing(connect(before)) as connection:
        found = connection.execute(
            "SELECT organization, entity FROM received ORDER BY organization, entity"
        ).fetchall()
    expected = [("o1", "Observation/a"), ("o1", "Observation/b"), ("o2", "Observation/a")]
    assert [tuple(each) for each in found] == expected
