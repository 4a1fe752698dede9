"""What the log's rows say was received, kept beside them: each pair once."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from gateway.audit import received
from gateway.audit.entry import Entry, Recorded
from gateway.audit.received import Received
from gateway.storage.connection import Connection
from gateway.storage.database import connect


def looked(**more: Any) -> Recorded:
    said: dict[str, Any] = {
        "id": "1",
        "at": "2026-05-03T10:00:00.000000Z",
        "action": "R",
        "interaction": "read",
        "outcome": "permitted",
        "organization": "Organization/o",
        "client": "c",
        "role": "service",
        "purpose": "TREAT",
        "entities": ("Observation/a",),
        "consent_set": "some",
    }
    return Recorded(Entry(**(said | more)))


@pytest.fixture
def connection(sqlite_url: str) -> Any:
    with closing(connect(sqlite_url)) as opened:
        yield opened


def pairs(connection: Connection) -> list[tuple[str, str]]:
    found = connection.execute("SELECT entity, organization FROM received ORDER BY entity")
    return [tuple(each) for each in found.fetchall()]


def test_what_a_service_was_shown_under_consents_is_kept_once(connection: Connection) -> None:
    kept = Received()
    for _ in range(3):
        kept.note(connection, [looked(), looked(entities=("Observation/b/_history/2",))])()
    assert pairs(connection) == [("Observation/a", "o"), ("Observation/b", "o")]


@pytest.mark.parametrize(
    "other",
    [
        {"role": "portal"},
        {"outcome": "refused"},
        {"consent_set": ""},
        {"purpose": "BTG"},
        {"purpose": "ETREAT"},
        {"entities": ()},
    ],
    ids=str,
)
def test_what_was_not_received_under_a_consent_is_not(
    connection: Connection, other: dict[str, Any]
) -> None:
    Received().note(connection, [looked(**other)])()
    assert pairs(connection) == []


def test_what_was_rolled_back_is_kept_the_next_time(connection: Connection) -> None:
    kept = Received()
    connection.begin(writing=True)
    kept.note(connection, [looked()])
    connection.rollback()
    assert pairs(connection) == []
    kept.note(connection, [looked()])()
    assert pairs(connection) == [("Observation/a", "o")]


def test_what_is_remembered_is_bounded(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "MOST", 2)
    kept = Received()
    for name in "abcd":
        kept.note(connection, [looked(entities=(f"Observation/{name}",))])()
    assert len(pairs(connection)) == 4
