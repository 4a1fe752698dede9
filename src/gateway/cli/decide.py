"""onestory decide: who may see what, from files alone; no server, no store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from consent.asking import Asked, Held, consents_in, request_of, unbundled
from consent.calculating import Question, answers
from consent.policy import Policy, PolicyError, read_policy
from consent.rules import Fault
from consent.telling import told
from gateway.cli.wrongly import used_wrongly
from gateway.fhir.strict_json import Limits, parse

_LIMITS = Limits()
_Reader = Callable[[Mapping[str, Any], str], Iterator[Held | Fault]]


def decide(
    consents: Annotated[
        list[Path], typer.Option(help="Consents: one, a Bundle or NDJSON; repeat for more.")
    ],
    request: Annotated[Path, typer.Option(help="Who asks, and why (JSON).")],
    resource: Annotated[
        list[Path] | None, typer.Option(help="What is asked for; repeat for more.")
    ] = None,
    context: Annotated[
        list[Path] | None, typer.Option(help="Directory entries and related resources.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Site policy (JSON).")] = None,
) -> None:
    """Decide by consents given as files: one verdict a resource, as NDJSON, in the order given.

    Exit 0 for permit and deny alike, 2 where a file cannot be used. Without --resource one verdict
    about no record in particular; without --context there is no directory; without --policy nothing
    is a base permit, and emergencies need a consent that names them; without "at" it is now.

    A request: {"recipient": "Organization/a", "practitioner": "Practitioner/b", "role": "R0260",
    "purpose": "TREAT", "action": "access", "at": "2026-01-01T12:00:00Z", "emergency": false}

    A policy: {"version": "1", "base": {"purposes": ["TREAT", "COC"], "confidentiality": "R"},
    "agreements": "all", "emergencies": "deny", "ceiling": []}

    Example: onestory decide --consents consents.json --request request.json --resource phq9.json
    """
    asked = _request(_object(request))
    question = Question(
        request=asked.request,
        consents=_held(consents, consents_in),
        resources=_held(resource or (), unbundled),
        context=_held(context, unbundled) if context else None,
        policy=_policy(policy),
        now=asked.at,
    )
    for answer in answers(question):
        typer.echo(json.dumps(told(answer), ensure_ascii=False))


def _request(stated: dict[str, Any]) -> Asked:
    asked = request_of(stated, datetime.now(UTC))
    if not isinstance(asked, Asked):
        used_wrongly(f"--request: {asked[0].expression} {asked[0].diagnostics}")
    return asked


def _held(paths: Iterable[Path], reader: _Reader) -> list[Mapping[str, Any]]:
    return [one for path in paths for one in _read(path, reader)]


def _read(path: Path, reader: _Reader) -> Iterator[Mapping[str, Any]]:
    """The resources of a file: one JSON object, a Bundle, or one object a line (NDJSON)."""
    for whole in _documents(path):
        for found in reader(whole, str(whole.get("resourceType", ""))):
            if isinstance(found, Fault):
                used_wrongly(f"{path.name}: {found.expression} {found.diagnostics}")
            yield found.resource


def _policy(path: Path | None) -> Policy:
    if path is None:
        return Policy()
    try:
        return read_policy(_object(path))
    except PolicyError as error:
        used_wrongly(f"--policy: {error}")


def _object(path: Path) -> dict[str, Any]:
    return _parsed(path.name, _bytes(path))


def _documents(path: Path) -> list[dict[str, Any]]:
    """One JSON object, or one a line (NDJSON)."""
    body = _bytes(path)
    lines = [(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]
    if len(lines) > 1 and isinstance(parse(lines[0][1], _LIMITS), dict):
        return [_parsed(f"{path.name} line {number}", line) for number, line in lines]
    return [_parsed(path.name, body)]


def _parsed(name: str, body: bytes) -> dict[str, Any]:
    found = parse(body, _LIMITS)
    if not isinstance(found, dict):
        used_wrongly(f"{name}: {found[0].diagnostics}")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        used_wrongly(f"{path.name} is not a file that can be read")
