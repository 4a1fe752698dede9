"""A real gateway on a database of its own, copied from one that has the organisations."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from gateway import keys as key_files
from gateway.actions.opening import open_gateway
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import register_organization

sys.path.insert(0, str(Path(__file__).parent))  # the module beside this file

from callers import NAMES, House, hidden_score
from deputies import Office
from postgres_server import Databases

FOUNDED = datetime(2026, 5, 3, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, made once: they cost the most."""
    folder = tmp_path_factory.mktemp("actions") / "keys"
    key_files.create(folder)
    return folder


@pytest.fixture(scope="session")
def migrated_file(
    migrated_file: Path, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The SQLite database that is copied for each test of this folder: with the organisations."""
    path = tmp_path_factory.mktemp("actions") / "gateway.db"
    shutil.copy(migrated_file, path)
    _furnish(f"sqlite:///{path}", installed)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Databases, migrated_postgres: str, installed: Path) -> str:
    """The PostgreSQL database that is copied for each test of this folder."""
    name = postgres.create(migrated_postgres)
    _furnish(postgres.url(name), installed)
    return name


@pytest.fixture
def house(installed: Path, database_url: str) -> Iterator[House]:
    url = database_url
    made: list[House] = []
    gateway = open_gateway(
        url,
        key_files.load(installed),
        "http://gateway.test",
        clock=lambda: made[0].clock() if made else FOUNDED,
    )
    made.append(House(gateway, _organizations(url), url))
    yield made[0]
    gateway.close()


@pytest.fixture
def office(house: House) -> Office:
    """The officer who records who decides for whom."""
    return Office(house)


@pytest.fixture
def hidden(house: House) -> str:
    """An alcohol score that the trust wrote, about someone whom the drug service knows too."""
    return hidden_score(house)


def _furnish(url: str, installed: Path) -> None:
    """What every installation holds, and the organisations."""
    keys = key_files.load(installed)
    with closing(open_gateway(url, keys, "http://gateway.test", clock=lambda: FOUNDED)) as gateway:
        resources = gateway.installation.resources
        with closing(connect(url)) as connection, transaction(connection):
            for ods, name in NAMES.items():
                register_organization(
                    connection,
                    resources,
                    ods=ods,
                    name=name,
                    now=FOUNDED,
                    new_id=lambda: str(uuid4()),
                )


def _organizations(url: str) -> dict[str, str]:
    with closing(connect(url)) as connection:
        held = connection.execute("SELECT ods, id FROM organization").fetchall()
    return {ods: f"Organization/{made}" for ods, made in held if ods in NAMES}
