"""The sets of consents that an export carries, one a line: `digest`, and the `members` that it is
the SHA-256 of, as they stand there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gateway.audit.sets import kept
from gateway.audit.spilling import Spilling
from gateway.storage.connection import Connection

SETS = "consents"
AT_ONCE = 1_024


class UnreadableExport(Exception):  # noqa: N818 - it says what is the case
    """A line of an export that is not in its form; the text says which."""


class SetLine(msgspec.Struct, frozen=True):
    digest: str
    members: msgspec.Raw


def set_lines(connection: Connection, named: Iterable[str]) -> Iterator[str]:
    """The sets of these digests, those that are there."""
    listed = sorted(named)
    for start in range(0, len(listed), AT_ONCE):
        for digest, members in kept(connection, listed[start : start + AT_ONCE]):
            yield msgspec.json.encode(SetLine(digest, msgspec.Raw(members))).decode() + "\n"


class ExportedSets(Spilling):
    """The sets of an export, found by digest; on disk once they are many. Used in a `with` block;
    without a file there are none."""

    def __init__(self, file: Path) -> None:
        super().__init__("CREATE TABLE held (digest TEXT PRIMARY KEY, members BLOB)")
        self._held.executemany("INSERT OR IGNORE INTO held VALUES (?, ?)", _read(file))

    def members(self, digest: str) -> object:
        row = self._held.execute("SELECT members FROM held WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else row[0]


def _read(file: Path) -> Iterator[tuple[str, bytes]]:
    if not file.is_file():  # of a log that names none
        return
    with file.open("rb") as opened:
        for number, line in enumerate(opened, start=1):
            try:
                read = msgspec.json.decode(line, type=SetLine)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UnreadableExport(f"Line {number} of {file.name} cannot be read.") from error
            yield read.digest, bytes(read.members)
