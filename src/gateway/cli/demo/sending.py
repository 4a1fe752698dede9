"""How a service sends its flat files: through `onestory map`, then over HTTP as Bundles."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr
from pathlib import Path

from gateway.cli.demo.calling import NHS_NUMBER, Caller, Json
from gateway.cli.demo.story import Sent
from gateway.cli.map import map_records


def mapped(kind: str, file: Path, out: Path) -> list[Json]:
    """The transaction Bundles that the command writes to `out`; it exits as the command does."""
    _map(kind, file, out, reverse=False)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def mapped_back(kind: str, file: Path, out: Path) -> None:
    """The flat file that the command makes of Bundles again."""
    _map(kind, file, out, reverse=True)


def _map(kind: str, file: Path, out: Path, *, reverse: bool) -> None:
    with redirect_stderr(io.StringIO()):  # its progress and its count of refusals
        map_records(kind, file, out, ndjson=False, batch=100, reverse=reverse, template=False)


def sent(caller: Caller, file: Sent, scratch: Path) -> list[Json]:
    """Map one file and send it; what became of each entry."""
    answers = []
    for bundle in mapped(file.kind, file.path, scratch / f"{file.file}.ndjson"):
        if file.kind == "referral":
            enclose(caller, bundle)
        answers += caller.transact(bundle)
    return answers


def enclose(caller: Caller, bundle: Json) -> None:
    """Name in each referral what its sender asked the person before."""
    resources = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    for resource in resources.values():
        if resource["resourceType"] == "ServiceRequest":
            patient = resources[resource["subject"]["reference"]]
            number = patient["identifier"][0]["value"]
            named = {"patient__identifier": f"{NHS_NUMBER}|{number}"}
            found = caller.search("QuestionnaireResponse", **named)
            resource["supportingInfo"] = [
                {"reference": f"QuestionnaireResponse/{one['id']}"} for one in found
            ]
