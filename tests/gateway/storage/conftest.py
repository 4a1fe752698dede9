"""A real database of the current schema, with keys of its own."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import keys as key_files
from gateway.storage.database import connect, migrate_schema
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
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("storage") / "empty.db"
    migrate_schema(f"sqlite:///{path}")
    return path


@pytest.fixture
def connection(empty: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "gateway.db"
    shutil.copy(empty, path)
    opened = connect(f"sqlite:///{path}")
    yield opened
    opened.close()
