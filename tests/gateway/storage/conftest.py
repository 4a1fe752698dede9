"""A real database of the current schema, with keys of its own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway import keys as key_files
from gateway.storage.connection import Connection
from gateway.storage.database import connect
from gateway.storage.resources import Resources
from gateway.storage.sealing import DataKeys

sys.path.insert(0, str(Path(__file__).parent))  # the module beside this file


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> key_files.Keys:
    folder = tmp_path_factory.mktemp("storage") / "keys"
    key_files.create(folder)
    return key_files.load(folder)


@pytest.fixture(scope="session")
def data_keys(keys: key_files.Keys) -> DataKeys:
    return DataKeys(keys.wrapping)


@pytest.fixture(scope="session")
def resources(keys: key_files.Keys, data_keys: DataKeys) -> Resources:
    return Resources(keys, data_keys)


@pytest.fixture(scope="session")
def empty(migrated_file: Path) -> Path:
    return migrated_file


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with closing(connect(database_url)) as opened:
        yield opened


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def rows(
    request: pytest.FixtureRequest, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """A database for a whole module: each example fills it and takes everything back."""
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'rows.db'}"
    if request.param == "sqlite":
        shutil.copy(empty, url.removeprefix("sqlite:///"))
    else:
        databases = request.getfixturevalue("postgres")
        url = databases.url(databases.create(request.getfixturevalue("migrated_postgres")))
    with closing(connect(url)) as opened:
        yield opened
