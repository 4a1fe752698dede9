"""The log grows inside the transaction of what it records.

A group's rows are durable together or not at all. On SQLite its leaves and one signed checkpoint
are written with them. On PostgreSQL, where several servers write, the rows wait for the sequencer:
no request waits on the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.audit.checkpoint_file import CheckpointFile
from gateway.audit.entry import Recorded
from gateway.audit.growing import grow, tree
from gateway.audit.inserting import insert, leaves
from gateway.audit.note import Signer
from gateway.audit.received import Received
from gateway.audit.sets import Sets
from gateway.storage.connection import Connection

_NUMBERS = "SELECT nextval(pg_get_serial_sequence('audit', 'number')) FROM generate_series(1, ?)"


def checkpoint_file(database: Path) -> Path:
    """Where the checkpoints of an SQLite database go by default: beside it."""
    return database.with_name(database.name + ".checkpoints")


class Log:
    """Appends entries and seals them, on whatever connection holds the transaction.

    The size and frontier are read from the database each time: other processes write too.
    """

    def __init__(self, signer: Signer, file: Path | None) -> None:
        self._signer = signer
        self._file = CheckpointFile(file)
        self._received = Received()
        self._sets = Sets()

    def append(self, connection: Connection, recorded: list[Recorded]) -> Callable[[], None]:
        """Append within the open transaction; call what comes back once it is committed.

        INVARIANT: the rows and the checkpoint that covers them are in one transaction.
        """
        if not recorded:
            return _nothing
        before = tree(connection)
        rows = leaves(recorded)
        size = before.frontier.size
        kept = self._sets.write(connection, recorded)
        insert(connection, rows, range(size, size + len(rows)), sealed=True)
        noted = self._received.note(connection, recorded)
        note = grow(connection, self._signer, before, [row.hash for row in rows])

        def afterwards() -> None:
            kept()
            noted()
            self._file.publish(before.note, note)

        return afterwards


class PendingLog:
    """Appends entries that a sequencer seals later; `wake` is called once they are durable."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._received = Received()
        self._sets = Sets()

    def append(self, connection: Connection, recorded: list[Recorded]) -> Callable[[], None]:
        """Append within the open transaction; call what comes back once it is committed."""
        if not recorded:
            return _nothing
        numbers = [number for (number,) in connection.execute(_NUMBERS, (len(recorded),))]
        kept = self._sets.write(connection, recorded)
        insert(connection, leaves(recorded), numbers, sealed=False)
        noted = self._received.note(connection, recorded)

        def afterwards() -> None:
            kept()
            noted()
            self._wake()

        return afterwards


def _nothing() -> None:
    """Nothing was appended, so there is nothing to publish."""
