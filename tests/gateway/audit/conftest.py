"""Small logs to look at and to tamper with."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.entry import Entry, Recorded, canonical
from gateway.audit.log import Log, checkpoint_file
from gateway.audit.merkle import leaf_hash
from gateway.audit.note import Signer
from gateway.audit.verify import Broken, Whole, verify_database

sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file


def recorded(number: int, **changes: object) -> Recorded:
    fields = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "at": f"2026-01-01T12:00:00.{number:06d}Z",
        "action": "R",
        "interaction": "read",
        "outcome": "permitted",
        "organization": f"Organization/{number % 3}",
        "client": "c1",
        "role": "service",
        "purpose": "TREAT",
        "entities": (f"Observation/{number}", f"Observation/{number}"),
        "patients": ("Patient/p1",),
        "consents": ("Consent/k1/_history/2",),
        "policy": "site-1",
        "digest": "00" * 32,
        "status": 200,
    }
    return Recorded(Entry(**(fields | changes)), frozenset({b"p" * 32, b"q" * 32}))


@dataclass
class SmallLog:
    path: Path
    signer: Signer
    connection: sqlite3.Connection
    log: Log
    length: int = 0

    @property
    def file(self) -> Path:
        return checkpoint_file(self.path)

    @property
    def key(self) -> str:
        return self.signer.verifier.text()

    def grow(self, *groups: int, publish: bool = True) -> SmallLog:
        for size in groups:
            group = self.recorded(size)
            self.length += size
            self.connection.execute("BEGIN IMMEDIATE")
            publishing = self.log.append(self.connection, group)
            self.connection.execute("COMMIT")
            if publish:
                publishing()
        return self

    def recorded(self, size: int) -> list[Recorded]:
        return [recorded(number) for number in range(self.length, self.length + size)]

    def again(self) -> None:
        """As after a restart."""
        self.log = Log(self.signer, self.file)

    def verdict(self) -> Whole | Broken:
        return verify_database(self.path, self.key)

    def rows(self) -> list[list]:
        found = self.connection.execute(
            "SELECT position, id, at, organization, entry, leaf FROM audit ORDER BY position"
        )
        return [list(row) for row in found]

    def put(self, rows: Iterable[list]) -> None:
        """Replace all rows, at the positions they say."""
        self.connection.execute("DELETE FROM audit")
        self.connection.executemany(
            "INSERT INTO audit (number, position, id, at, organization, entry, leaf)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [[row[0], *row] for row in rows],
        )

    def put_as_told(self, rows: list[list]) -> None:
        """Replace all rows, numbered anew: what someone does who knows the schema."""
        self.put([[position, *row[1:]] for position, row in enumerate(rows)])

    def forged(self, number: int, **changes: object) -> list:
        """A row that is sound by itself and was never recorded."""
        entry = recorded(number, **changes).entry
        body = canonical(entry)
        return [
            number,
            entry.id,
            1767268800000000 + number,
            entry.organization,
            body,
            leaf_hash(body),
        ]


class SmallLogs:
    def __init__(self, folder: Path, empty: Path) -> None:
        self._folder = folder
        self._empty = empty
        self._numbers = itertools.count()
        self._signer = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(b"s" * 32))
        self._open: list[sqlite3.Connection] = []

    def new(self, *groups: int, signer: Signer | None = None) -> SmallLog:
        path = self._folder / f"{next(self._numbers)}.db"
        shutil.copy(self._empty, path)
        connection = sqlite3.connect(path, isolation_level=None)
        self._open.append(connection)
        connection.execute("PRAGMA synchronous=OFF")
        signer = signer or self._signer
        log = SmallLog(path, signer, connection, Log(signer, checkpoint_file(path)))
        return log.grow(*groups)

    def close(self) -> None:
        for connection in self._open:
            connection.close()


@pytest.fixture(scope="module")
def logs(tmp_path_factory, migrated_file):
    made = SmallLogs(tmp_path_factory.mktemp("logs"), migrated_file)
    yield made
    made.close()


@pytest.fixture(scope="session")
def record():
    """Makes an entry of this number."""
    return recorded
