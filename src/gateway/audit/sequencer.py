"""Gives the rows of the log their places in the tree, after they are durable.

Every server on a PostgreSQL database has a sequencer, and whichever gets the lock works: a server
that is gone is replaced by any other. Nobody waits for it; `verify` says how far it has come.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gateway.audit.checkpoint_file import CheckpointFile
from gateway.audit.growing import grow, tree
from gateway.audit.note import Signer
from gateway.storage.connection import STORAGE_ERRORS, Connection
from gateway.storage.postgres import SEQUENCING

MOST = 4_096  # rows sealed under one checkpoint
PAUSE = 0.05  # seconds in which more rows gather
LOOK_AGAIN = 1.0  # seconds after which others' rows are looked for
_LOG = logging.getLogger("gateway.audit")

_WAITING = "SELECT number, leaf FROM audit WHERE position IS NULL ORDER BY number LIMIT ?"
_PLACE = (
    "UPDATE audit SET position = placed.position FROM (SELECT unnest(?::bigint[]) AS number,"
    " unnest(?::bigint[]) AS position) placed WHERE audit.number = placed.number"
)


class Sequencer:
    """One thread with a connection of its own, which takes no part in the order of writes."""

    def __init__(
        self, connect: Callable[[], Connection], signer: Signer, file: Path | None
    ) -> None:
        self._connect = connect
        self._signer = signer
        self._file = CheckpointFile(file)
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There are new rows."""
        self._woken.set()

    def close(self) -> None:
        """Seal what waits, as far as the database answers, and end."""
        self._ended.set()
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        while True:
            ended = self._ended.is_set()
            try:
                connection = connection or self._connect()
                while seal(connection, self._signer, self._file) == MOST:
                    pass
            except STORAGE_ERRORS as error:
                _LOG.error("the log is not being sealed: %s", error)
                self._ended.wait(LOOK_AGAIN)
            if ended:
                break
            self._woken.wait(LOOK_AGAIN)
            self._woken.clear()
            self._ended.wait(PAUSE)
        if connection is not None:
            connection.close()


def seal(connection: Connection, signer: Signer, file: CheckpointFile) -> int:
    """Seal waiting rows, MOST at once; how many. None where another server is at it.

    INVARIANT: the lock is held until the checkpoint is in the file, so that the next who seals
    finds the file no further behind than one note, the one that the database has.
    """
    if connection.execute("SELECT pg_try_advisory_lock(?)", (SEQUENCING,)).fetchone() != (True,):
        return 0
    try:
        return _seal(connection, signer, file)
    finally:
        with suppress(*STORAGE_ERRORS):  # a connection that was lost holds no lock
            connection.execute("SELECT pg_advisory_unlock(?)", (SEQUENCING,))


def _seal(connection: Connection, signer: Signer, file: CheckpointFile) -> int:
    connection.begin(writing=True)
    try:
        waiting = connection.execute(_WAITING, (MOST,)).fetchall()
        if not waiting:
            connection.rollback()
            return 0
        before = tree(connection)
        numbers = [number for number, _ in waiting]
        first = before.frontier.size
        connection.execute(_PLACE, (numbers, list(range(first, first + len(numbers)))))
        note = grow(connection, signer, before, [leaf for _, leaf in waiting])
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    file.shared()
    file.publish(before.note, note)
    return len(waiting)
