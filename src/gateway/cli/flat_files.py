"""Flat records and FHIR resources from files: CSV, JSON and NDJSON, one at a time."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TextIO

CHUNK = 1 << 16
BETWEEN = re.compile(r"[\s,\]]*")
NOT_JSON = "must be a JSON object with each name once"
Numbered = tuple[int, Mapping[str, Any] | str]


class UnusableFileError(Exception):
    """The file as a whole is not what the command takes. One line, without any cell."""


def records(path: Path, accepted: Sequence[str], required: Sequence[str]) -> Iterator[Numbered]:
    """(data row from 1, the record, or why it cannot be read), from CSV or JSON by its first sign.

    A CSV header with an unknown, repeated or missing column raises: no row is read then.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        if _first_sign(file) in "[{":
            yield from _objects(file)
        else:
            yield from _rows(file, accepted, required)


def documents(path: Path) -> Iterator[Numbered]:
    """(number from 1, the resource or Bundle, or why it cannot be read), from JSON or NDJSON."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        if _first_sign(file) not in "[{":
            raise UnusableFileError("must be FHIR JSON: resources or Bundles, one a line")
        yield from _objects(file)


def _first_sign(file: TextIO) -> str:
    """The first character that is no space; the file is left at its start."""
    while (sign := file.read(1)) and sign.isspace():
        pass
    file.seek(0)
    if not sign:
        raise UnusableFileError("the file is empty")
    return sign


def _rows(file: TextIO, accepted: Sequence[str], required: Sequence[str]) -> Iterator[Numbered]:
    reader = csv.reader(file, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
    except csv.Error as error:
        raise UnusableFileError("the header must be comma-separated column names") from error
    _check_header(header, accepted, required)
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            number += 1
            yield number, "must be comma-separated cells, quoted where they hold commas or quotes"
            continue
        if not cells:
            continue
        number += 1
        if len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        else:
            yield number, f"must have {len(header)} cells as the header has, not {len(cells)}"


def _check_header(header: list[str], accepted: Sequence[str], required: Sequence[str]) -> None:
    for place, name in enumerate(header, 1):
        if name not in accepted:
            near = get_close_matches(name, accepted, n=1)
            hint = f"did you mean {near[0]}?" if near else "--template prints the header"
            raise UnusableFileError(f"header: column {place} is not known; {hint}")
        if name in header[: place - 1]:
            raise UnusableFileError(f"header: column {place} repeats {name}")
    missing = [name for name in required if name not in header]
    if missing:
        raise UnusableFileError(
            f"header: {', '.join(missing)} must be there; --template prints the header"
        )


def _objects(file: TextIO) -> Iterator[Numbered]:
    for number, value in enumerate(_lines(file) if _by_line(file) else _values(file), 1):
        yield number, value if isinstance(value, dict) else NOT_JSON


def _by_line(file: TextIO) -> bool:
    """True for NDJSON: the first line is an object from brace to brace."""
    if _first_sign(file) == "[":
        return False
    start = file.readline().strip()
    file.seek(0)
    return start.endswith("}")


def _lines(file: TextIO) -> Iterator[object]:
    for line in file:
        if line.strip():
            try:
                yield DECODER.decode(line.strip())
            except (ValueError, RecursionError, RepeatedNameError):
                yield None


def _values(file: TextIO) -> Iterator[object]:
    """The members of one JSON array, or values one after the other, read a chunk at a time.

    What cannot be read ends it with None: nobody can say where the next one starts.
    """
    buffer = file.read(CHUNK).lstrip()
    array, size, more = buffer.startswith("["), CHUNK, True
    place, closed = int(array), not array
    while True:
        start, place = place, _after_blank(buffer, place)
        closed = closed or "]" in buffer[start:place]
        try:
            value, place = DECODER.raw_decode(buffer, place)
            yield value
        except RepeatedNameError:
            yield None
            return
        except (ValueError, RecursionError):
            if not more:
                break
            buffer, place = buffer[place:] + (chunk := file.read(size)), 0
            size, more = size * 2, bool(chunk)
    if buffer[place:] or not closed:
        yield None


def _after_blank(buffer: str, place: int) -> int:
    between = BETWEEN.match(buffer, place)
    return between.end() if between else place


class RepeatedNameError(Exception):
    """An object names a member twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RepeatedNameError
    return found


def _no_constant(name: str) -> None:
    raise RepeatedNameError(name)


DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
