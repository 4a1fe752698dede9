"""`onestory package`: our definitions and examples as one file that other FHIR tools load."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.wrongly import used_wrongly
from mappings import package as packaged


def package(
    out: Annotated[Path, typer.Option(help="Write here.")] = Path("package.tgz"),
) -> None:
    """Write a FHIR package (NPM form): profiles, code systems, Questionnaires, examples.

    The same version gives the same bytes.

    Example: onestory package --out package.tgz
    """
    try:
        out.write_bytes(packed(version("onestory")))
    except OSError as error:
        used_wrongly(f"--out: {out}: {error.strerror}")


def packed(number: str) -> bytes:
    """The package of that version, as a gzip of a tar without times or owners."""
    bare = io.BytesIO()
    with tarfile.open(fileobj=bare, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in packaged.files(number):
            body = _json(content)
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(body), 0o644
            archive.addfile(entry, io.BytesIO(body))
    return gzip.compress(bare.getvalue(), mtime=0)


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
