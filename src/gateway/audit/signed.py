"""Everything that was signed about a log: checkpoints beside its rows and outside the database."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from gateway.audit.checkpoint import Checkpoint, from_line, read
from gateway.audit.note import NoteError, SignatureError, Verifier
from gateway.audit.rows import Stored
from gateway.audit.verdict import Broken, Fault

# Two processes may publish in another order than they committed, never far apart.
WINDOW = 1_024


class Signed:
    """Yields every checkpoint, smallest size first, and what is wrong with a bad one."""

    def __init__(self, log: Stored, key: Verifier) -> None:
        self._log = log
        self._key = key
        self.outside = 0  # how many came from the checkpoint file

    def __iter__(self) -> Iterator[Checkpoint | Broken]:
        waiting: list[tuple[int, bytes]] = []
        for found in self._found():
            if isinstance(found, Broken):
                yield found
            else:
                heapq.heappush(waiting, (found.size, found.root))
            if len(waiting) > WINDOW:
                yield Checkpoint(*heapq.heappop(waiting))
        while waiting:
            yield Checkpoint(*heapq.heappop(waiting))

    def _found(self) -> Iterator[Checkpoint | Broken]:
        for note in self._log.notes:
            yield self._read(note, "The database's checkpoint")
        for number, line in enumerate(self._log.lines, start=1):
            self.outside += 1
            yield self._read_line(line, f"Line {number} of the checkpoint file")

    def _read_line(self, line: str, where: str) -> Checkpoint | Broken:
        try:
            return self._read(from_line(line), where)
        except NoteError as error:
            return Broken(None, Fault.UNREADABLE, f"{where} cannot be read: {error}.")

    def _read(self, note: str, where: str) -> Checkpoint | Broken:
        try:
            return read(note, self._key)
        except SignatureError as error:
            return Broken(None, Fault.SIGNATURE, f"{where} is not to be trusted: {error}.")
        except NoteError as error:
            return Broken(None, Fault.UNREADABLE, f"{where} cannot be read: {error}.")
