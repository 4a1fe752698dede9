"""The append-only file of checkpoints outside the database: a log that was cut is found by it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from gateway.audit.checkpoint import to_line

_LOG = logging.getLogger("gateway.audit")


class CheckpointFile:
    """Appends signed notes, one a line. Without a path nothing is written."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._mended = False

    def publish(self, before: str | None, note: str) -> None:
        """Append the note to the file. What was durable stays so where this fails.

        `before` is the last durable note: where a kill tore its line, the line is made whole. A
        file that lags is no fault in the log: the next note covers what is missing.
        """
        if self._path is None:
            return
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
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

    def shared(self) -> None:
        """Another server may have written since: its last line is looked at again."""
        self._mended = False


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
