"""A server to be fuzzed: with a service, a portal and an officer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "outside"))  # its server and its people
sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file

from houses import House
from live_server import LiveServer
from smart_client import register


@pytest.fixture(params=["sqlite"])
def fuzzed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """On a file; a test may ask for PostgreSQL too, by parametrizing it indirectly."""
    on_file = request.param == "sqlite"
    databases = None if on_file else request.getfixturevalue("postgres")
    server = LiveServer(tmp_path / "server", databases).prepare()
    portal = {"role": "portal", "purpose": "PATRQT"}
    officer = {"role": "officer", "purpose": "HCOMPL"}
    registered = {
        "trust": register(server, "Fern Valley Mental Health Trust", "RX1"),
        "drugs": register(server, "Harbour Drug and Alcohol Service", "DA1"),
        "portal": register(server, "My Story", "PO1", **portal),
        "officer": register(server, "Data protection office", "DP1", **officer),
    }
    house = House(server.start(), registered)
    yield house
    house.close()
