"""Databases for every test that needs one: an SQLite file, and a database on a PostgreSQL server.

The server is started once for a whole run, when it is first asked for; each test has a database of
its own, copied from one whose schema is today's.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # the module beside this file

from postgres_server import Databases, memory, serving

BOTH = ("sqlite", "postgres")


# A machine that is busy is no fault of a test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    with serving() as databases:
        yield databases


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of today's schema, to be copied."""
    from gateway.storage.database import migrate_schema

    path = tmp_path_factory.mktemp("migrated") / "gateway.db"
    migrate_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Databases) -> Iterator[str]:
    """The name of a PostgreSQL database of today's schema, to be copied."""
    from gateway.storage.database import migrate_schema

    name = postgres.create()
    migrate_schema(postgres.url(name))
    yield name
    postgres.drop(name)


@pytest.fixture
def postgres_url(postgres: Databases, migrated_postgres: str) -> Iterator[str]:
    name = postgres.create(migrated_postgres)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A directory whose files are in memory, where the machine has room for them: for what does
    not ask whether a disk keeps them, which is most of the time that a commit takes."""
    with tempfile.TemporaryDirectory(prefix="onestory-", dir=memory()) as folder:
        yield Path(folder)


@pytest.fixture
def sqlite_url(migrated_file: Path, in_memory: Path) -> str:
    shutil.copy(migrated_file, in_memory / "gateway.db")
    return f"sqlite:///{in_memory / 'gateway.db'}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database of today's schema, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
