"""onestory review: a line for each plan that is to be looked at again; a server does the same."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from gateway import keys as key_files
from gateway.actions.opening import open_gateway
from gateway.cli import application
from gateway.storage import reviews
from gateway.storage.connection import transaction
from gateway.storage.database import connect


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    key_files.create(folder)
    return folder


def test_a_day_of_a_plan_that_is_gone_is_let_go(sqlite_url: str, keys: Path) -> None:
    open_gateway(sqlite_url, key_files.load(keys), "").close()
    with closing(connect(sqlite_url)) as connection, transaction(connection):
        reviews.expect(connection, str(uuid4()), 1)
    done = CliRunner().invoke(
        application("review", "chase"), ["review", "--database", sqlite_url, "--keys", str(keys)]
    )
    assert (done.exit_code, done.stdout) == (0, "")
    with closing(connect(sqlite_url)) as connection:
        assert reviews.near(connection, 2**62, 10) == []


def test_another_database_is_said_in_one_line(tmp_path: Path, keys: Path) -> None:
    missing = f"sqlite:///{tmp_path / 'none.db'}"
    done = CliRunner().invoke(
        application("review", "chase"), ["review", "--database", missing, "--keys", str(keys)]
    )
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
