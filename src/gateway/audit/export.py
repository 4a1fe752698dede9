"""The log, or a part of it, as files that anyone can check with the public key.

`entries.ndjson` or `entries.csv` holds each entry's canonical bytes, leaf hash and position;
`checkpoints` the signed notes, one JSON string a line; `consents` the sets that entries name, one
JSON object a line. A part (`part.ndjson`, `part.csv`) carries with each entry the path to the root
of the checkpoint: what is in it is proved, that nothing was left out is not.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO

import msgspec

from gateway.audit.checkpoint import to_line
from gateway.audit.entry import set_named
from gateway.audit.exported_sets import SETS, set_lines
from gateway.audit.merkle import Levels, inclusion_proof
from gateway.audit.rows import sealed
from gateway.storage.connection import Connection

CHECKPOINTS = "checkpoints"
WHOLE = "entries"
PART = "part"
CSV_COLUMNS = ("position", "leaf", "proof", "entry")


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


class Exported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of an export. `leaf` and `proof` are hex; a whole log needs no `proof`."""

    position: int
    leaf: str
    proof: tuple[str, ...] | None = None
    entry: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Part:
    """Which entries: about a person, by any of their Patient ids; from a time on. Or all."""

    patient: str | None = None
    since: int | None = None  # microseconds since 1970

    @property
    def everything(self) -> bool:
        return self.patient is None and self.since is None

    def file(self, form: Format) -> str:
        """What the file with the entries is called."""
        return f"{WHOLE if self.everything else PART}.{form}"


def export(
    connection: Connection, lines: Iterable[str], out: Path, form: Format, part: Part
) -> int:
    """Write the export to a new or empty directory and count its entries.

    The caller holds a read transaction, begun after `lines` (the checkpoint file's).
    """
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    newest = connection.execute("SELECT note FROM checkpoint ORDER BY size").fetchall()
    with _new(out / CHECKPOINTS) as file:
        file.writelines(lines if part.everything else ())
        file.writelines(to_line(note) for (note,) in newest)
    chosen = _whole(connection) if part.everything else _part(connection, part)
    named: set[str] = set()
    with _new(out / part.file(form)) as file:
        written = _ndjson if form is Format.NDJSON else _csv
        count = sum(1 for _ in written(file, _noting(chosen, named)))
    with _new(out / SETS) as file:
        file.writelines(set_lines(connection, named))
    return count


def _new(path: Path) -> TextIO:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")


def _ndjson(file: TextIO, chosen: Iterable[Exported]) -> Iterator[None]:
    for each in chosen:
        file.write(msgspec.json.encode(each).decode() + "\n")
        yield


def _csv(file: TextIO, chosen: Iterable[Exported]) -> Iterator[None]:
    writer = csv.writer(file)
    writer.writerow(CSV_COLUMNS)
    for each in chosen:
        proof = "" if each.proof is None else json.dumps(each.proof)
        writer.writerow([each.position, each.leaf, proof, bytes(each.entry).decode()])
        yield


def _noting(chosen: Iterable[Exported], named: set[str]) -> Iterator[Exported]:
    """The same, and which sets of consents they name."""
    for each in chosen:
        if digest := set_named(bytes(each.entry)):
            named.add(digest)
        yield each


def _whole(connection: Connection) -> Iterator[Exported]:
    for row in sealed(connection):
        yield Exported(position=row.position, leaf=row.leaf.hex(), entry=msgspec.Raw(row.entry))


def _part(connection: Connection, part: Part) -> Iterator[Exported]:
    leaves = [row.leaf for row in sealed(connection)]
    levels = Levels(leaves)
    for position in _positions(connection, part):
        (entry,) = connection.execute(
            "SELECT entry FROM audit WHERE position = ?", (position,)
        ).fetchone()
        path = inclusion_proof(levels.root, position, len(leaves))
        yield Exported(
            position=position,
            leaf=leaves[position].hex(),
            proof=tuple(node.hex() for node in path),
            entry=msgspec.Raw(entry),
        )


def _positions(connection: Connection, part: Part) -> list[int]:
    since = part.since if part.since is not None else 0
    if part.patient is None:
        found = connection.execute(
            "SELECT position FROM audit WHERE at >= ? AND position IS NOT NULL ORDER BY position",
            (since,),
        )
    else:
        found = connection.execute(
            "SELECT position FROM audit WHERE at >= ? AND position IS NOT NULL AND number IN"
            " (SELECT number FROM audit_person WHERE person IN"
            "  (SELECT person FROM identity WHERE patient = ? UNION SELECT s.own FROM identity m"
            "  JOIN identity s ON s.person = m.person WHERE m.patient = ?)) ORDER BY position",
            (since, part.patient, part.patient),
        )
    return [position for (position,) in found]
