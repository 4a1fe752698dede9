"""Is the log whole? Asked with public keys only, in memory that does not grow with the log.

Every entry is hashed anew, every checkpoint's signature is checked, and every signed root is held
against the root of the entries at that size.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.audit import tracing
from gateway.audit.checking_sets import CheckedSets
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.entry import Entry, microseconds, read, references
from gateway.audit.log import checkpoint_file
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.audit.note import Verifier, verifier
from gateway.audit.rows import Columns, Row, Stored, published, stored
from gateway.audit.seen import Seen
from gateway.audit.signed import Signed
from gateway.audit.verdict import Broken, Fault, Whole
from gateway.storage.connection import Connection, Sqlite
from gateway.storage.database import connect, database_path, is_postgres

__all__ = [
    "Broken",
    "Fault",
    "Whole",
    "read_only",
    "snapshot",
    "verify",
    "verify_at",
    "verify_database",
]

_BATCH = 1_024


def verify_database(path: Path, key: str, file: Path | None = None) -> Whole | Broken:
    """Check the log of an SQLite database, while it is in use or not. It is only read.

    `key` is the text of `audit.pub`; `file` the checkpoint file, beside the database by default.
    """
    lines = published(file or checkpoint_file(path))
    with closing(read_only(path)) as connection:
        return verify(stored(connection, lines), verifier(key))


def verify_at(url: str, key: str, file: Path | None) -> Whole | Broken:
    """Check the log of the database at an address. `file` is the checkpoint file, if there is one;
    an SQLite database has its own beside it."""
    if not is_postgres(url):
        return verify_database(database_path(url), key, file)
    lines = published(file) if file is not None else iter(())
    with closing(snapshot(url)) as connection:
        return verify(stored(connection, lines, rows_wait=True), verifier(key))


def snapshot(url: str) -> Connection:
    """One snapshot of the database at an address, which cannot be written through it."""
    if not is_postgres(url):
        return read_only(database_path(url))
    connection = connect(url)
    connection.begin(writing=False)
    return connection


def read_only(path: Path) -> Sqlite:
    """A snapshot of an SQLite database that cannot be written, whatever text stands in it."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, factory=Sqlite)
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    connection.begin(writing=False)
    return connection


def verify(log: Stored, key: Verifier) -> Whole | Broken:
    """The number of entries and their root, or the first fault."""
    walk = _Walk(log, Signed(log, key))
    if (fault := walk.begin()) is not None:
        return fault
    with Seen() as seen:
        entries = _Entries(log, seen)
        for row in log.rows():
            fault = entries.fault_in(row, walk.size) or walk.take(row.leaf)
            if fault is not None:
                return fault
    verdict = walk.end()
    if isinstance(verdict, Whole) and entries.hidden is not None:
        return tracing.hidden(entries.hidden)
    return verdict


class _Entries:
    """Looks at rows one by one. `hidden` is the first that its index does not find."""

    def __init__(self, log: Stored, seen: Seen) -> None:
        self._log = log
        self._seen = seen
        self._sets = CheckedSets(log.members, log.is_in)
        self.hidden: int | None = None

    def fault_in(self, row: Row, expected: int) -> Broken | None:
        """What is wrong with a row by itself, or with its place."""
        if row.position != expected:
            return tracing.out_of_place(self._log, expected, row.position)
        if leaf_hash(row.entry) != row.leaf:
            return tracing.not_its_leaf(self._log, row)
        entry = read(row.entry)
        if entry is None:
            return tracing.no_entry(expected)
        repeated = Columns(entry.id, microseconds(entry.at), entry.organization)
        if row.columns not in (None, repeated):
            return tracing.not_its_columns(self._log, row, entry.id)
        if (first := self._seen.before(entry.id, expected)) is not None:
            return tracing.replayed(expected, first)
        if (fault := self._sets.fault_in(entry.consent_set, expected)) is not None:
            return fault
        if self.hidden is None and not self._is_found(entry, expected):
            self.hidden = expected
        return None

    def _is_found(self, entry: Entry, position: int) -> bool:
        return self._sets.is_found(entry.consent_set) and all(
            self._log.found_by(reference, position) for reference in references(entry)
        )


class _Walk:
    """Grows the tree again, leaf by leaf, and holds it against every signed root."""

    def __init__(self, log: Stored, signed: Signed) -> None:
        self._log = log
        self._signed = signed
        self._ordered = iter(signed)
        self._next = next(self._ordered, None)
        self._frontier = Frontier()
        self._waiting: list[bytes] = []
        self._fitted = Frontier()  # as far as signed roots and entries agree
        self._last: Checkpoint | None = None
        self._mismatch: Checkpoint | None = None

    @property
    def size(self) -> int:
        return self._frontier.size + len(self._waiting)

    def begin(self) -> Broken | None:
        """What is wrong before the first entry."""
        return self._compare()

    def take(self, leaf: bytes) -> Broken | None:
        """The next leaf; what is wrong with the checkpoints up to it."""
        self._waiting.append(leaf)
        waits = self._next is None or (
            isinstance(self._next, Checkpoint) and self.size < self._next.size
        )
        return None if waits and len(self._waiting) < _BATCH else self._compare()

    def end(self) -> Whole | Broken:
        """What the whole log comes to, when all its leaves were taken."""
        self._grow()
        largest = self._last.size if self._last is not None else 0
        while self._next is not None:
            if isinstance(self._next, Broken):
                return self._next
            largest = self._next.size
            self._next = next(self._ordered, None)
        return self._unlike(largest) or Whole(
            self.size,
            self._frontier.root(),
            self._signed.outside,
            pending=self._log.pending,
        )

    def _unlike(self, largest: int) -> Broken | None:
        """How the log differs from what was signed, the largest signed size being known."""
        if self._mismatch is not None:
            return tracing.not_signed(
                self._log, self._fitted, self._mismatch, entries=self.size, signed=largest
            )
        if largest > self.size:
            return tracing.truncated(self.size, largest)
        if largest < self.size:
            return tracing.unsigned(self.size, largest)
        if self._log.frontier not in (None, (self.size, self._frontier.to_bytes())):
            return tracing.cannot_grow(self.size)
        return None

    def _grow(self) -> None:
        self._frontier = self._frontier.extended(self._waiting)
        self._waiting.clear()

    def _compare(self) -> Broken | None:
        self._grow()
        while self._next is not None:
            if isinstance(self._next, Broken):
                return self._next
            if self._next.size > self.size:
                return None
            if (fault := self._held(self._next)) is not None:
                return fault
            self._last = self._next
            self._next = next(self._ordered, None)
        return None

    def _held(self, checkpoint: Checkpoint) -> Broken | None:
        """A signed root held against the entries; two histories under one key are a fork."""
        if checkpoint.size < self.size:
            return tracing.out_of_order(checkpoint.size)
        if self._last is not None and self._last.size == checkpoint.size:
            return None if self._last == checkpoint else tracing.forked(checkpoint.size)
        if checkpoint.root != self._frontier.root():
            self._mismatch = self._mismatch or checkpoint
        elif self._mismatch is not None:
            return tracing.forked(self._mismatch.size)
        else:
            self._fitted = self._frontier
        return None
