"""onestory escalate: a line for each referral that was late; a server that runs does the same."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from gateway import keys as key_files
from gateway.actions.opening import open_gateway
from gateway.cli import application
from gateway.storage import awaited
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.times import microseconds


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    key_files.create(folder)
    return folder


def escalate(url: str, keys: Path) -> list[dict[str, object]]:
    done = CliRunner().invoke(
        application("escalate", "chase"), ["escalate", "--database", url, "--keys", str(keys)]
    )
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_nothing_is_late_where_nothing_was_sent(sqlite_url: str, keys: Path) -> None:
    open_gateway(sqlite_url, key_files.load(keys), "").close()
    assert escalate(sqlite_url, keys) == []


def test_a_time_that_passed_for_what_is_gone_is_let_go(sqlite_url: str, keys: Path) -> None:
    open_gateway(sqlite_url, key_files.load(keys), "").close()
    now = datetime.now(UTC)
    with closing(connect(sqlite_url)) as connection, transaction(connection):
        awaited.watch(connection, str(uuid4()), microseconds(now - timedelta(days=1)))
        awaited.watch(connection, "later", microseconds(now + timedelta(days=1)))
    assert escalate(sqlite_url, keys) == []
    with closing(connect(sqlite_url)) as connection:
        far = microseconds(now + timedelta(days=2))
        assert awaited.late(connection, far, 10) == ["later"]


def test_another_database_is_said_in_one_line(tmp_path: Path, keys: Path) -> None:
    missing = f"sqlite:///{tmp_path / 'none.db'}"
    done = CliRunner().invoke(
        application("escalate", "chase"), ["escalate", "--database", missing, "--keys", str(keys)]
    )
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
