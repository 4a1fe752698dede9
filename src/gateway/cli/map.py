"""`onestory map`: flat files to FHIR and back. No server, no network, constant memory."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from gateway.cli.flat_files import Numbered, UnusableFileError, documents, records
from gateway.cli.flat_output import as_array, as_csv, as_lines
from gateway.cli.refusals import Refusals
from mappings import bundles, reversing
from mappings.kinds import MapKind, kind_names, kind_of
from mappings.reversing import Resource, Surroundings
from mappings.verdict import Fault, Flattened, Unmappable

STEP = 1000
Made = TypeVar("Made")  # what a row becomes: Mapped, or its entries encoded
# The maps trust R4's structure; only here do they meet files that nobody has validated.
MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError)


def map_records(
    kind: Annotated[
        str, typer.Argument(help="An instrument, care-plan, referral, mhsds or ndtms.")
    ],
    file: Annotated[Path | None, typer.Argument(help="CSV, JSON or NDJSON.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write here, not to stdout.")] = None,
    ndjson: Annotated[
        bool, typer.Option(help="Resources, not Bundles; with --reverse NDJSON, not CSV.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, max=500, help="Rows a Bundle.")] = 100,
    reverse: Annotated[
        bool, typer.Option(help="FHIR resources or Bundles to flat records.")
    ] = False,
    template: Annotated[bool, typer.Option(help="Print the CSV header.")] = False,
) -> None:
    """Map flat records to FHIR transaction Bundles, one a line, or FHIR back to flat records.

    Refused rows go to FILE.rejected.csv with row, column and reason; the rest go through. Exit 1
    if any row was refused. An instrument's file may also state total or total_<section>.

    mhsds: one row a row of a national table, named in Table. The set flows by direction, not by
    consent. ndtms: field names of about 2015, check the current core data set before any extract;
    where CONSENT is not Y nothing but AGNCY, CLIENTID and CONSENT passes, in or out.

    Example: onestory map audit-c results.csv --out bundles.ndjson
    """
    held = kind_of(kind)
    if held is None:
        raise _misused(f"{kind}: unknown KIND; one of {', '.join(kind_names())}")
    if template:
        typer.echo(",".join(held.columns))
        return
    if file is None or not file.is_file():
        raise _misused("FILE: must be a file that exists")
    if out is not None and out.resolve() == file.resolve():
        raise _misused("--out: must not be the input itself")
    refused = (file if out is None else out).with_name(f"{file.name}.rejected.csv")
    others: Counter[str] = Counter()  # resources of a file that holds none of this kind, by type
    try:
        with Refusals(refused) as refusals:
            if reverse:
                _write(_back(held, file, out, ndjson, refusals, others), out)
            else:
                _write(_forward(held, file, ndjson, batch, refusals), out)
    except UnusableFileError as error:
        raise _misused(f"{file.name}: {error}") from error
    except OSError as error:
        raise _misused(f"{error.filename or file.name}: {error.strerror}") from error
    if refusals.rows:
        typer.echo(f"{refusals.rows} refused; see {refused}", err=True)
        raise typer.Exit(1)
    if others:
        held_instead = ", ".join(f"{type_} ({count})" for type_, count in sorted(others.items()))
        typer.echo(f"{file.name} holds no {kind} to map back, only: {held_instead}", err=True)


def _misused(message: str) -> typer.Exit:
    typer.echo(f"onestory map: {message}", err=True)
    return typer.Exit(2)


def _forward(
    kind: MapKind, file: Path, ndjson: bool, batch: int, refusals: Refusals
) -> Iterator[bytes]:
    rows = _progress(records(file, kind.columns + kind.totals, kind.required))
    if kind.to_entries is not None and not ndjson:
        return bundles.encoded_batches(_mapped(kind.to_entries, rows, refusals), batch)
    batches = bundles.batches(_mapped(kind.to_fhir, rows, refusals), batch)
    if ndjson:
        return as_lines(resource for one in batches for resource in bundles.standalone(one))
    return as_lines(map(bundles.transaction, batches))


def _mapped(
    become: Callable[[Resource], Made | Unmappable], rows: Iterable[Numbered], refusals: Refusals
) -> Iterator[Made]:
    for number, record in rows:
        if isinstance(record, str):
            refusals.note(number, (Fault("", record),))
            continue
        made = become(record)
        if isinstance(made, Unmappable):
            refusals.note(number, made.faults)
        else:
            yield made


def _back(
    kind: MapKind,
    file: Path,
    out: Path | None,
    ndjson: bool,
    refusals: Refusals,
    others: Counter[str],
) -> Iterator[bytes]:
    around, stated = _surroundings(kind, file)
    flat = _flattened(kind, file, around, refusals, others)
    suffix = out.suffix if out is not None else ""
    if ndjson or suffix in (".ndjson", ".jsonl"):
        return as_lines(flat)
    if suffix == ".json":
        return as_array(flat)
    return as_csv(flat, kind.columns + stated)


def _surroundings(kind: MapKind, file: Path) -> tuple[Surroundings, tuple[str, ...]]:
    """Read through once before: who is who, and which totals the responses state."""
    around, stated = Surroundings(), set[str]()
    for _, document in documents(file):
        if isinstance(document, str):
            continue
        alone = reversing.is_self_contained(document)
        with suppress(*MISSHAPEN):  # the second reading refuses it, with its number
            for addresses, resource in reversing.resources(document):
                stated.update(reversing.link_ids(resource) & set(kind.totals))
                if not alone:
                    around.learn(addresses, resource)
                elif resource.get("resourceType") == "Consent":
                    around.hear(resource)
    return around, tuple(total for total in kind.totals if total in stated)


def _flattened(
    kind: MapKind, file: Path, around: Surroundings, refusals: Refusals, others: Counter[str]
) -> Iterator[dict[str, str]]:
    seen: Counter[str] = Counter()
    number = 0
    for number, found in enumerate(_found(kind, file, around, seen), 1):
        match found:
            case Flattened(record):
                yield record
            case Unmappable(faults):
                refusals.note(number, faults)
    if number == 0:
        others.update(seen)


def _found(
    kind: MapKind, file: Path, around: Surroundings, others: Counter[str]
) -> Iterator[Flattened | Unmappable]:
    for _, document in _progress(documents(file)):
        if isinstance(document, str):
            yield Unmappable((Fault("", document),))
            continue
        try:
            yield from _found_in(kind, document, around, others)
        except MISSHAPEN:
            yield Unmappable((Fault("", "must have R4's structure; onestory validate explains"),))


def _found_in(
    kind: MapKind, document: Resource, around: Surroundings, others: Counter[str]
) -> Iterator[Flattened | Unmappable]:
    known = reversing.own(document, around) if reversing.is_self_contained(document) else around
    for addresses, resource in reversing.resources(document):
        found = kind.from_fhir(resource, addresses, known)
        if found is None:
            others[str(resource.get("resourceType", "no resourceType"))[:64]] += 1
        else:
            yield found


def _progress(rows: Iterator[Numbered]) -> Iterator[Numbered]:
    """The same rows; how many is told now and then, on a terminal only."""
    return _told(rows) if sys.stderr.isatty() else rows


def _told(rows: Iterator[Numbered]) -> Iterator[Numbered]:
    for number, record in rows:
        if number % STEP == 0:
            typer.echo(f"\r{number:,} read", err=True, nl=False)
        yield number, record
    typer.echo("\r", err=True, nl=False)


def _write(lines: Iterator[bytes], out: Path | None) -> None:
    """Writes as lines come; FILE is opened with the first, so that a file refused makes none."""
    with ExitStack() as stack:
        first = next(lines, b"")
        sink = (
            typer.get_binary_stream("stdout")
            if out is None
            else stack.enter_context(out.open("wb"))
        )
        sink.write(first)
        sink.writelines(lines)
        sink.flush()
