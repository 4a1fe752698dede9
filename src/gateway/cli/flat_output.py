"""Flat records into files: CSV, NDJSON or one JSON array, as they come."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec


def as_csv(records: Iterable[Mapping[str, str]], columns: Sequence[str]) -> Iterator[bytes]:
    """The header, then a line a record; absent cells are empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for record in records:
        yield _taken(text)
        writer.writerow(record)
    yield _taken(text)


def as_lines(records: Iterable[object]) -> Iterator[bytes]:
    """NDJSON: a line a record or resource."""
    for record in records:
        yield msgspec.json.encode(record) + b"\n"


def as_array(records: Iterable[object]) -> Iterator[bytes]:
    """One JSON array, a line a record."""
    opening = b"[\n"
    for record in records:
        yield opening + msgspec.json.encode(record)
        opening = b",\n"
    yield b"\n]\n" if opening == b",\n" else b"[]\n"


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken
