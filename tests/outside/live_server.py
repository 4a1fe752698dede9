"""A real `onestory serve` process on loopback, its database and keys in one directory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from secrets import randbelow
from typing import IO, Any

import httpx
import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))  # the module beside this folder

from postgres_server import Databases

ONESTORY = Path(sys.executable).parent / "onestory"
READY_WITHIN = 60.0


def free_port() -> int:
    """A port that nobody has: none that an outgoing connection, or a worker beside, would take."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = 10_000 + worker % 4 * 5_000 + randbelow(5_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class LiveServer:
    """One directory, one process: starts, stops, is killed and starts again on the same port.

    Its database is a file in the directory; or one of `databases`, on a PostgreSQL server.
    """

    def __init__(
        self,
        directory: Path,
        databases: Databases | None = None,
        name: str | None = None,
        **environment: str,
    ) -> None:
        self.directory = directory
        self.keys = directory / "keys"
        self.file = directory / "onestory.db"
        self.databases = databases
        self.name = name
        self.database = f"sqlite:///{self.file}"
        if databases is not None:
            self.name = name or databases.create()
            self.database = databases.url(self.name)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = (
            dict(os.environ)
            | {"ONESTORY_KEYS": str(self.keys), "ONESTORY_RATE_LIMIT": "off"}
            | environment
        )
        self.process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def command(self, *words: str, check: bool = True, text: str | None = None) -> Any:
        """`onestory` with these words, as a person at a terminal would run it."""
        done = subprocess.run(
            [str(ONESTORY), *words],
            env=self.environment,
            cwd=self.directory,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"onestory {' '.join(words[:2])}: exit {done.returncode}: {done.stderr}"
            )
        return done

    def prepare(self) -> LiveServer:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.command("keys", "init", "--dir", str(self.keys))
        self.command("migrate", "--database", self.database)
        return self

    def register(
        self, name: str, ods: str, role: str, scope: str, jwks: dict[str, Any], *purposes: str
    ) -> dict[str, str]:
        """`client add`: what it prints."""
        file = self.directory / f"{ods}-{role}.jwks.json"
        file.write_text(json.dumps(jwks))
        words = ["client", "add", "--database", self.database, "--name", name]
        words += ["--organization", ods, "--role", role, "--jwks", str(file), "--scope", scope]
        for purpose in purposes:
            words += ["--purpose", purpose]
        words += ["--asserts-users"] if role == "service" else []
        return dict(json.loads(self.command(*words).stdout))

    def copy_to(self, directory: Path, **environment: str) -> LiveServer:
        """A second server with the same keys, clients and contents. This one must be stopped."""
        shutil.copytree(self.directory, directory)
        if self.databases is None:
            return LiveServer(directory, **environment)
        assert self.name is not None
        return LiveServer(
            directory, self.databases, self.databases.create(self.name), **environment
        )

    def beside(self, **environment: str) -> LiveServer:
        """Another server on the same database, with the same keys, at another port."""
        return LiveServer(self.directory, self.databases, self.name, **environment)

    def start(self, *options: str) -> LiveServer:
        self._log = (self.directory / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*self._serve(), *options],
            env=self.environment,
            cwd=self.directory,
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self._wait_until_ready()
        except AssertionError:
            self.kill()
            raise
        return self

    def _serve(self) -> list[str]:
        return [str(ONESTORY), "serve", "--database", self.database, "--port", str(self.port)]

    def _wait_until_ready(self) -> None:
        process = self.process
        assert process is not None
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if process.poll() is not None:
                raise AssertionError(f"the server ended: {self.log()[-2000:]}")
            try:
                if httpx.get(f"{self.base}/health/ready", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.03)
        raise AssertionError(f"not ready within {READY_WITHIN} s: {self.log()[-2000:]}")

    def log(self) -> str:
        return (self.directory / "server.log").read_text(errors="replace")

    def kill(self) -> None:
        """kill -9, with no time to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(15)
        self.process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def verify(self) -> subprocess.CompletedProcess[str]:
        """`audit verify` with the public key only."""
        words = ["audit", "verify", "--database", self.database]
        done = self.command(*words, "--key", str(self.keys / "audit.pub"), check=False)
        assert isinstance(done, subprocess.CompletedProcess)
        return done

    def drop(self) -> None:
        """A database on a PostgreSQL server is gone; a file goes with its directory."""
        if self.databases is not None and self.name is not None:
            self.databases.drop(self.name)

    def rows(self, table: str) -> int:
        """How many rows a table holds, read beside the running server."""
        if self.databases is not None:
            with psycopg.connect(self.database) as held:
                found = held.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert found is not None
            return int(found[0])
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)
