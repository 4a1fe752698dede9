"""A real gateway on a database of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from gateway import keys as key_files
from gateway.actions.gateway import Gateway
from gateway.actions.opening import open_gateway
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import register_organization

sys.path.insert(0, str(Path(__file__).parent))  # the module beside this file

from callers import NAMES, House, hidden_score
from deputies import Office


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, made once: they cost the most."""
    folder = tmp_path_factory.mktemp("actions") / "keys"
    key_files.create(folder)
    return folder


@pytest.fixture
def house(installed: Path, database_url: str) -> Iterator[House]:
    url = database_url
    made: list[House] = []
    gateway = open_gateway(
        url,
        key_files.load(installed),
        "http://gateway.test",
        clock=lambda: made[0].clock() if made else datetime(2026, 5, 3, 9, tzinfo=UTC),
    )
    made.append(House(gateway, _organizations(gateway, url), url))
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


def _organizations(gateway: Gateway, url: str) -> dict[str, str]:
    with closing(connect(url)) as connection, transaction(connection):
        return {
            ods: "Organization/"
            + register_organization(
                connection,
                gateway.installation.resources,
                ods=ods,
                name=name,
                now=datetime(2026, 5, 3, 9, tzinfo=UTC),
                new_id=lambda: str(uuid4()),
            )
            for ods, name in NAMES.items()
        }
