"""The log grows inside the transaction of what it records.

A group's rows, its leaves and one signed checkpoint are written together, so that they are durable
together or not at all. The database keeps the newest checkpoint only: it covers every entry, and
the frontier of an older one serves nobody. Every checkpoint goes to an append-only file outside
the database, where the history of checkpoints is; a log that was cut is found by that file.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from gateway.audit.checkpoint import Checkpoint, sign, to_line
from gateway.audit.entry import Recorded, canonical, microseconds, references
from gateway.audit.merkle import Frontier, frontier_from, leaf_hash
from gateway.audit.note import Signer
from gateway.storage.connection import Connection

_LOG = logging.getLogger("gateway.audit")


def checkpoint_file(database: Path) -> Path:
    """Where the checkpoints of an SQLite database go by default: beside it."""
    return database.with_name(database.name + ".checkpoints")


class Log:
    """Appends entries on whatever connection holds the transaction.

    The size and frontier are read from the database each time: other processes write too.
    """

    def __init__(self, signer: Signer, file: Path | None) -> None:
        self._signer = signer
        self._file = file
        self._mended = False

    def append(self, connection: Connection, recorded: list[Recorded]) -> Callable[[], None]:
        """Append within the open transaction; call what comes back once it is committed.

        INVARIANT: the rows and the checkpoint that covers them are in one transaction.
        """
        if not recorded:
            return _nothing
        frontier, before = _last(connection)
        bodies = [canonical(each.entry) for each in recorded]
        leaves = [leaf_hash(body) for body in bodies]
        _insert(connection, frontier.size, recorded, bodies, leaves)
        grown = frontier.extended(leaves)
        note = sign(self._signer, Checkpoint(grown.size, grown.root()))
        connection.execute("DELETE FROM checkpoint")
        connection.execute(
            "INSERT INTO checkpoint (size, note, frontier) VALUES (?, ?, ?)",
            (grown.size, note, grown.to_bytes()),
        )
        return lambda: self._publish(before, note)

    def _publish(self, before: str | None, note: str) -> None:
        """Append the note to the file. What was durable stays so where this fails.

        A file that lags is no fault in the log: the next note covers what is missing.
        """
        if self._file is None:
            return
        try:
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if not self._mended:
                    _write(handle, _remainder(_torn(handle), before))
                    self._mended = True
                _write(handle, to_line(note).encode())
            finally:
                os.close(handle)
        except OSError as error:
            self._mended = False
            _LOG.error("checkpoint file not written: %s", error.strerror)


def _nothing() -> None:
    """Nothing was appended, so there is nothing to publish."""


def _last(connection: Connection) -> tuple[Frontier, str | None]:
    row = connection.execute(
        "SELECT size, frontier, note FROM checkpoint ORDER BY size DESC LIMIT 1"
    ).fetchone()
    return (Frontier(), None) if row is None else (frontier_from(row[0], row[1]), row[2])


def _insert(
    connection: Connection,
    size: int,
    recorded: list[Recorded],
    bodies: list[bytes],
    leaves: list[bytes],
) -> None:
    rows = [
        (position, each.entry.id, microseconds(each.entry.at), each.entry.organization, body, leaf)
        for position, (each, body, leaf) in enumerate(
            zip(recorded, bodies, leaves, strict=True), start=size
        )
    ]
    connection.executemany(
        "INSERT INTO audit (position, id, at, organization, entry, leaf) VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    connection.executemany(
        "INSERT INTO audit_entity (entity, position) VALUES (?, ?)",
        [
            (reference, position)
            for position, each in enumerate(recorded, start=size)
            for reference in references(each.entry)
        ],
    )
    connection.executemany(
        "INSERT INTO audit_person (person, position) VALUES (?, ?)",
        [
            (person, position)
            for position, each in enumerate(recorded, start=size)
            for person in sorted(each.persons)
        ],
    )


def _torn(handle: int) -> bytes:
    """The last line of the file where a kill left it without its end; else nothing."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, 4096, max(0, size - 4096))
    return tail[tail.rfind(b"\n") + 1 :]


def _remainder(torn: bytes, before: str | None) -> bytes:
    """What makes a torn line whole: the rest of the last durable note, or its end alone."""
    line = to_line(before).encode() if before is not None else b""
    if not torn:
        return b""
    return line[len(torn) :] if line.startswith(torn) else b"\n"


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
