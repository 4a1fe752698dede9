"""A real database of the current schema, with keys of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway import keys as key_files
from gateway.storage.connection import Connection
from gateway.storage.database import connect
from gateway.storage.resources import Resources
from gateway.storage.sealing import DataKeys


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
