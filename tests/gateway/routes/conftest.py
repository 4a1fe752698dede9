"""Whole servers in this process, with the modules of the tests of absence."""

from __future__ import annotations

import shutil
import sys
from asyncio import Runner
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway import keys as key_files

sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file
sys.path.insert(0, str(Path(__file__).parents[1] / "absence"))
sys.path.insert(0, str(Path(__file__).parents[2] / "outside"))

from absence_server import Server
from postgres_server import memory


@pytest.fixture(scope="module")
def opened(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Server]]:
    """Opens a server on a new SQLite database; all have the same keys."""
    held = tmp_path_factory.mktemp("doors") / "keys"
    key_files.create(held)
    keys = key_files.load(held)
    servers: list[Server] = []
    with TemporaryDirectory(prefix="onestory-", dir=memory()) as folder, Runner() as runner:

        def one() -> Server:
            path = f"{folder}/{len(servers)}.db"
            shutil.copy(migrated_file, path)
            servers.append(Server(f"sqlite:///{path}", keys, runner))
            return servers[-1]

        yield one
        for server in servers:
            server.close()
