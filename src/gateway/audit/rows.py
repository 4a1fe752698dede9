"""The log as it is read back: rows in order, and checkpoints inside and outside the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.audit import sets
from gateway.storage.connection import Connection

AT_ONCE = 1_024
_PENDING = "SELECT count(*) FROM audit WHERE position IS NULL"
_SEALED = (
    "SELECT position, entry, leaf, id, at, organization FROM audit"
    " WHERE position > ? ORDER BY position LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """What stands beside an entry so that it can be found; it repeats what the entry says."""

    id: str
    at: int
    organization: str


@dataclass(frozen=True, slots=True)
class Row:
    """An entry's canonical bytes and leaf hash at its position; an export has no columns."""

    position: int
    entry: bytes
    leaf: bytes
    columns: Columns | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A log to check. `rows` starts anew at each call: a fault is looked at a second time.

    `notes` are the checkpoints kept with the rows, `lines` those of the checkpoint file, and
    `frontier` the size and bytes from which the log would grow (an export does not grow), and
    `found_by` says whether the entry at a position is found by a reference (an export has no
    index). `members` gives those of a set of consents by its digest, as they are kept, and `is_in`
    says whether the set is found by a consent. `pending` counts rows that have no position yet,
    where such are.
    """

    rows: Callable[[], Iterator[Row]]
    notes: tuple[str, ...] = ()
    lines: Iterable[str] = ()
    frontier: tuple[int, bytes] | None = None
    found_by: Callable[[str, int], bool] = lambda _reference, _position: True
    members: Callable[[str], object] = lambda _digest: None
    is_in: Callable[[str, str], bool] = lambda _consent, _digest: True
    pending: int | None = None


def stored(connection: Connection, lines: Iterable[str], *, rows_wait: bool = False) -> Stored:
    """The log of a database. The caller holds a read transaction, begun after `lines`."""
    kept = connection.execute(
        "SELECT size, note, frontier FROM checkpoint ORDER BY size"
    ).fetchall()
    pending = connection.execute(_PENDING).fetchone()[0] if rows_wait else None
    return Stored(
        rows=lambda: sealed(connection),
        notes=tuple(note for _, note, _ in kept),
        lines=lines,
        frontier=(kept[-1][0], kept[-1][2]) if kept else (0, b""),
        found_by=lambda reference, position: _found_by(connection, reference, position),
        members=lambda digest: sets.members_of(connection, digest),
        is_in=lambda consent, digest: sets.is_in(connection, consent, digest),
        pending=pending,
    )


def published(file: Path) -> Iterator[str]:
    """The whole lines that the checkpoint file holds at this call; none where there is no file.

    Call it before the database's snapshot is opened: a checkpoint is published after its commit,
    so that what the file held earlier the snapshot holds too. A last line without its end was
    torn by a kill and says nothing.
    """
    return _lines(file, file.stat().st_size) if file.exists() else iter(())


def _lines(file: Path, length: int) -> Iterator[str]:
    with file.open("rb") as opened:
        while length > 0:
            line = opened.readline()
            length -= len(line)
            if not line.endswith(b"\n"):
                return
            yield line.decode(errors="replace")


def sealed(connection: Connection) -> Iterator[Row]:
    """All sealed rows, a few at a time: a log of any length is read."""
    after: object = -(2**63)
    while found := connection.execute(_SEALED, (after, AT_ONCE)).fetchall():
        for position, entry, leaf, id_, at, organization in found:
            columns = Columns(id_, at, organization)
            yield Row(_place(position), _bytes(entry), _bytes(leaf), columns)
        after = found[-1][0]


def _found_by(connection: Connection, reference: str, position: int) -> bool:
    found = connection.execute(
        "SELECT 1 FROM audit_entity WHERE entity = ?"
        " AND number = (SELECT number FROM audit WHERE position = ?)",
        (reference, position),
    )
    return found.fetchone() is not None


def _place(value: object) -> int:
    """A position; what is no number is nowhere."""
    return value if isinstance(value, int) else -1


def _bytes(value: object) -> bytes:
    """A column as bytes, whatever type someone has put there."""
    return value if isinstance(value, bytes) else str(value).encode()
