"""A running server for clients that other people wrote: from PyPI and, by `make clients`, npm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "outside"))  # its server and its people
sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file

from houses import House
from live_server import LiveServer
from smart_client import SmartClient, register

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server; the trust signs with ES384, the drug service with RS384."""
    server = LiveServer(tmp_path_factory.mktemp("clients") / "server").prepare()
    trust = register(server, "Fern Valley Mental Health Trust", "RX1")
    drugs = register(server, "Harbour Drug and Alcohol Service", "DA1", algorithm="RS384")
    house = House(server.start(), {"trust": trust, "drugs": drugs})
    yield house
    house.close()


@pytest.fixture(scope="session")
def run_node() -> Callable[..., Any]:
    """Runs a session of the folder in Node: what it is told on stdin, what it found as JSON."""
    beside = str(Path(sys.executable).parent)
    node = shutil.which("node", path=os.pathsep.join([os.environ["PATH"], beside]))
    assert node, "Node runs these sessions: make clients"
    assert (HERE / "node_modules" / "fhirclient").exists(), (
        "npm's clients are missing: make clients"
    )

    def run(script: str, told: Any) -> Any:
        done = subprocess.run(
            [node, str(HERE / script)],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    return run


@pytest.fixture
def told(house: House) -> Callable[[SmartClient], dict[str, Any]]:
    """What a session in another language must know: where, who it is, its key, made-up people."""

    def tell(client: SmartClient) -> dict[str, Any]:
        return {
            "base": client.fhir,
            "client": client.who.client_id,
            "organization": client.who.ods,
            "scope": client.who.scope,
            "key": client.who.key.as_dict(private=True),
        }

    return tell
