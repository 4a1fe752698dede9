"""Keys and loops for pairs of servers."""

from __future__ import annotations

import sys
from asyncio import Runner
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import keys as key_files
from gateway.keys import Keys

sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file
sys.path.insert(0, str(Path(__file__).parents[2] / "outside"))  # the least of every type


@pytest.fixture(scope="session")
def server_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys, made once: they cost the most."""
    folder = tmp_path_factory.mktemp("absence") / "keys"
    key_files.create(folder)
    return key_files.load(folder)


@pytest.fixture
def runner() -> Iterator[Runner]:
    with Runner() as one:
        yield one
