"""The servers that are measured: floors, One Story on each database, and their processor time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from live_server import LiveServer, free_port
from postgres_server import Databases, PostgresServer

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
OWN_POSTGRES = "postgresql:"  # without a host: one of our own, for as long as this runs


def cpu_seconds(process: int) -> float:
    """User and system time of a process, its threads and the processes that it started."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = (int(after_name[11]) + int(after_name[12])) / TICKS
    return own + sum(cpu_seconds(child) for child in _children(process))


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@contextmanager
def floor(factory: str, bodies: Path) -> Iterator[tuple[int, int]]:
    """A floor served by uvicorn with one worker: its port and process."""
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", "--factory", f"floors:{factory}", "--app-dir"]
    words += [str(HERE), "--port", str(port), "--log-level", "warning", "--no-access-log"]
    words += ["--loop", "uvloop", "--http", "httptools"]
    environment = dict(os.environ) | {"BENCH_BODIES": str(bodies)}
    process = subprocess.Popen(words, env=environment)
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("a floor did not start")


def is_postgres(database: str) -> bool:
    return database.startswith("postgres")


@contextmanager
def _databases(database: str, directory: Path, preloaded: str) -> Iterator[Databases | None]:
    """The server that `database` names; None for a file."""
    if not is_postgres(database):
        yield None
    elif database != OWN_POSTGRES:
        yield Databases(database)
    else:
        with _environment(LD_PRELOAD=preloaded):
            server = PostgresServer(directory, fsync=True).start()
        try:
            yield server.databases
        finally:
            server.close()


@contextmanager
def _environment(**changed: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update({name: value for name, value in changed.items() if value})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def served(database: str, directory: Path, preloaded: str = "") -> Iterator[LiveServer]:
    """A prepared One Story on a new database, not started yet; `preloaded` is for LD_PRELOAD."""
    environment: dict[str, Any] = {"LD_PRELOAD": preloaded} if preloaded else {}
    with tempfile.TemporaryDirectory(dir=directory) as home:
        (postgres := Path(home) / "postgres").mkdir()
        with _databases(database, postgres, preloaded) as databases:
            server = LiveServer(Path(home), databases, **environment)
            try:
                yield server.prepare()
            finally:
                server.stop()
                server.drop()
