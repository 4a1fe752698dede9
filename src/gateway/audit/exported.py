"""Checking an export with the public key alone."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gateway.audit.checking_sets import CheckedSets
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.entry import set_named
from gateway.audit.export import CHECKPOINTS, CSV_COLUMNS, PART, WHOLE, Exported, Format
from gateway.audit.exported_sets import SETS, ExportedSets, UnreadableExport
from gateway.audit.merkle import leaf_hash, verify_inclusion
from gateway.audit.note import Verifier, verifier
from gateway.audit.rows import Row, Stored, published
from gateway.audit.signed import Signed
from gateway.audit.verdict import Broken, Fault, Whole
from gateway.audit.verify import verify


def entries_file(directory: Path) -> Path | None:
    """The file with the entries; None where the directory is no export."""
    names = (f"{stem}.{form}" for stem in (WHOLE, PART) for form in Format)
    return next((directory / name for name in names if (directory / name).is_file()), None)


def verify_export(entries: Path, key: str) -> Whole | Broken:
    """Check an export by its entries file; the checkpoints and sets of consents are beside it.

    Of a part it is proved that each entry is in the log that was signed, and no more.
    """
    try:
        with ExportedSets(entries.with_name(SETS)) as sets:
            log = Stored(
                rows=lambda: (_row(each) for each in _read(entries)),
                lines=published(entries.with_name(CHECKPOINTS)),
                members=sets.members,
            )
            if entries.stem == PART:
                return _verify_part(entries, log, verifier(key))
            return verify(log, verifier(key))
    except UnreadableExport as error:
        return Broken(None, Fault.UNREADABLE, str(error))


def _verify_part(entries: Path, log: Stored, key: Verifier) -> Whole | Broken:
    newest: Checkpoint | None = None
    signed = Signed(log, key)
    for found in signed:
        if isinstance(found, Broken):
            return found
        newest = found
    if newest is None:
        return Broken(None, Fault.UNSIGNED, "The export has no checkpoint.")
    count, expected, sets = 0, 0, CheckedSets(log.members)
    for count, each in enumerate(_read(entries), start=1):  # noqa: B007 - its last value
        if (fault := _fault_in(each, expected, newest, sets)) is not None:
            return fault
        expected = each.position + 1
    return Whole(count, newest.root, signed.outside, complete=False)


def _fault_in(
    each: Exported, expected: int, newest: Checkpoint, sets: CheckedSets
) -> Broken | None:
    if each.position < expected:
        sentence = f"Entry {each.position} stands after a later one, or twice."
        return Broken(each.position, Fault.REPLAYED, sentence)
    if not _proved(each, newest):
        sentence = f"Entry {each.position} is not what was signed at its place."
        return Broken(each.position, Fault.ALTERED, sentence)
    return sets.fault_in(set_named(bytes(each.entry)), each.position)


def _proved(each: Exported, newest: Checkpoint) -> bool:
    row = _row(each)
    path = tuple(_hash(node) for node in each.proof or ())
    return leaf_hash(row.entry) == row.leaf and verify_inclusion(
        row.leaf, row.position, newest.size, path, newest.root
    )


def _row(each: Exported) -> Row:
    return Row(each.position, bytes(each.entry), _hash(each.leaf))


def _hash(text: str) -> bytes:
    """A hash in hex; what is none of ours stands for one that fits nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _read(entries: Path) -> Iterator[Exported]:
    return _from_ndjson(entries) if entries.suffix == f".{Format.NDJSON}" else _from_csv(entries)


def _from_ndjson(path: Path) -> Iterator[Exported]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield msgspec.json.decode(line, type=Exported)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UnreadableExport(f"Line {number} of {path.name} cannot be read.") from error


def _from_csv(path: Path) -> Iterator[Exported]:
    csv.field_size_limit(sys.maxsize)  # a search may name thousands of entries
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        records = csv.reader(file)
        if tuple(next(records, ())) != CSV_COLUMNS:
            raise UnreadableExport(f"Line 1 of {path.name} cannot be read.")
        for record in records:
            try:
                position, leaf, proof, entry = record
                yield Exported(
                    position=int(position),
                    leaf=leaf,
                    proof=msgspec.json.decode(proof, type=tuple[str, ...]) if proof else None,
                    entry=msgspec.Raw(entry.encode()),
                )
            except (msgspec.DecodeError, ValueError) as error:
                line = records.line_num
                raise UnreadableExport(f"Line {line} of {path.name} cannot be read.") from error
