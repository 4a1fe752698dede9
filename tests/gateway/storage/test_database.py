"""Which schema is today's."""

from __future__ import annotations

from contextlib import closing

import pytest
from alembic.script import ScriptDirectory

from gateway.storage.connection import Connection
from gateway.storage.database import MIGRATIONS, connect, migrate_schema, schema_is_current


def test_a_migrated_database_is_current_by_the_number_of_the_newest_step(
    connection: Connection,
) -> None:
    (held,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert held == ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert schema_is_current(connection) is True


def test_an_older_database_is_not_current_until_it_is_migrated(sqlite_url: str) -> None:
    with closing(connect(sqlite_url)) as connection:
        held = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        assert schema_is_current(connection) is False
        connection.execute("UPDATE alembic_version SET version_num = ?", held)
    migrate_schema(sqlite_url)
    with closing(connect(sqlite_url)) as connection:
        assert schema_is_current(connection) is True


def test_what_was_never_migrated_has_no_schema(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('new') / 'gateway.db'}"
    with closing(connect(url)) as connection:
        assert schema_is_current(connection) is None
    migrate_schema(url)
    with closing(connect(url)) as connection:
        assert schema_is_current(connection) is True


def test_the_name_of_each_step_begins_with_its_revision() -> None:
    for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions():
        assert step.module.__file__ is not None
        assert f"/v{step.revision}_" in step.module.__file__
