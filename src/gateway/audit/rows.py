"""The log as it is read back: rows in order, and checkpoints inside and outside the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.storage.connection import Connection


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
    index).
    """

    rows: Callable[[], Iterator[Row]]
    notes: tuple[str, ...] = ()
    lines: Iterable[str] = ()
    frontier: tuple[int, bytes] | None = None
    found_by: Callable[[str, int], bool] = lambda _reference, _position: True


def stored(connection: Connection, lines: Iterable[str]) -> Stored:
    """The log of a database. The caller holds a read transaction, begun after `lines`."""
    kept = connection.execute(
        "SELECT size, note, frontier FROM checkpoint ORDER BY size"
    ).fetchall()
    return Stored(
        rows=lambda: _rows(connection),
        notes=tuple(note for _, note, _ in kept),
        lines=lines,
        frontier=(kept[-1][0], kept[-1][2]) if kept else (0, b""),
        found_by=lambda reference, position: _found_by(connection, reference, position),
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


def _rows(connection: Connection) -> Iterator[Row]:
    found = connection.execute(
        "SELECT position, entry, leaf, id, at, organization FROM audit ORDER BY position"
    )
    for position, entry, leaf, id_, at, organization in found:
        yield Row(position, _bytes(entry), _bytes(leaf), Columns(id_, at, organization))


def _found_by(connection: Connection, reference: str, position: int) -> bool:
    found = connection.execute(
        "SELECT 1 FROM audit_entity WHERE entity = ? AND position = ?", (reference, position)
    )
    return found.fetchone() is not None


def _bytes(value: object) -> bytes:
    """A column as bytes, whatever type someone has put there."""
    return value if isinstance(value, bytes) else str(value).encode()
