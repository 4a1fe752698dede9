"""onestory decide: who may see what, from files alone; no server, no store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from consent import codes
from consent.calculating import Answer, Question, answers
from consent.dates import interval
from consent.deciding import Permit, Reason
from consent.elements import literal
from consent.policy import Policy, PolicyError, read_policy
from consent.reading import read
from consent.request import Request
from gateway.fhir.strict_json import Limits, parse

_LIMITS = Limits()
_REQUEST = {
    "recipient": str,
    "practitioner": str,
    "role": str,
    "purpose": str,
    "action": str,
    "at": str,
    "emergency": bool,
}


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
    asked, now = _request(_object(request))
    question = Question(
        request=asked,
        consents=[one for path in consents for one in _consents(path)],
        resources=[one for path in resource or () for one in _resources(path)],
        context=[one for path in context for one in _resources(path)] if context else None,
        policy=_policy(policy),
        now=now,
    )
    for answer in answers(question):
        typer.echo(json.dumps(_printed(answer), ensure_ascii=False))


def _printed(answer: Answer) -> dict[str, Any]:
    verdict = answer.verdict
    return {
        "resource": answer.resource,
        "decision": "permit" if isinstance(verdict, Permit) else "deny",
        "strength": verdict.strength.value,
        "reasons": [_reason(reason) for reason in verdict.reasons],
        "sentence": answer.sentence,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "consent": reason.consent,
        "version": reason.version,
        "provision": reason.provision,
        "criteria": list(reason.criteria),
        "strength": reason.strength.value,
        "policy": reason.policy,
    }
    return {name: value for name, value in shown.items() if value not in (None, "")}


def _request(stated: dict[str, Any]) -> tuple[Request, datetime]:
    for name, value in stated.items():
        if name not in _REQUEST:
            _used_wrongly(f"--request: {name} is unknown; use {', '.join(_REQUEST)}")
        if value is not None and type(value) is not _REQUEST[name]:
            kind = "true or false" if _REQUEST[name] is bool else "a string"
            _used_wrongly(f"--request: {name} must be {kind}")
    recipient, practitioner, role = (
        stated.get(name) for name in ("recipient", "practitioner", "role")
    )
    _party("recipient", recipient)
    if practitioner is not None:
        _party("practitioner", practitioner)
    request = Request(
        recipient=str(recipient),
        practitioner=frozenset({practitioner} if practitioner else ()),
        roles=frozenset({role} if role else ()),
        purpose=_purpose(stated.get("purpose")),
        action=_action(stated.get("action") or "access"),
        emergency=bool(stated.get("emergency")),
    )
    return request, _moment(stated.get("at"))


def _party(name: str, value: object) -> None:
    is_named = isinstance(value, str) and (literal(value) == value or "|" in value.strip("|"))
    if not is_named:
        _used_wrongly(f"--request: {name} must be a reference Type/id, or system|value")


def _purpose(code: str | None) -> str | None:
    if code is not None and not codes.is_purpose(code):
        _used_wrongly("--request: purpose must be a code of v3-ActReason, such as TREAT")
    return code


def _action(code: str) -> str:
    if code not in codes.listed("action"):
        _used_wrongly(
            f"--request: action must be one of {', '.join(sorted(codes.listed('action')))}"
        )
    return code


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    found = interval(text)
    if found is None:
        _used_wrongly('--request: at must say when, such as "2026-01-01T12:00:00Z"')
    return found[0]


def _consents(path: Path) -> Iterator[dict[str, Any]]:
    """The Consents of a file; other resources only beside them in a Bundle."""
    alone = True
    for whole in _documents(path):
        alone = whole.get("resourceType") != "Bundle"
        for resource in _unbundled(path, whole):
            if resource["resourceType"] == "Consent":
                yield _shaped(path, resource)
            elif alone:
                _used_wrongly(f"{path.name}: every resource must be a Consent")


def _shaped(path: Path, consent: dict[str, Any]) -> dict[str, Any]:
    rules, faults = read(consent)
    if rules.unreadable:
        _used_wrongly(f"{path.name}: {faults[0].expression} {faults[0].diagnostics}")
    return consent


def _resources(path: Path) -> Iterator[dict[str, Any]]:
    for whole in _documents(path):
        yield from _unbundled(path, whole)


def _unbundled(path: Path, whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The resource itself, or every resource of a Bundle, Bundles in Bundles too."""
    if not isinstance(whole.get("resourceType"), str):
        _used_wrongly(f"{path.name}: resourceType is missing")
    if whole["resourceType"] != "Bundle":
        yield whole
        return
    entries = whole.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        _used_wrongly(f"{path.name}: Bundle.entry must be an array of objects")
    for place, entry in enumerate(entries):
        inner = entry.get("resource")
        if not isinstance(inner, dict):
            _used_wrongly(f"{path.name}: Bundle.entry[{place}].resource must be an object")
        yield from _unbundled(path, inner)


def _policy(path: Path | None) -> Policy:
    if path is None:
        return Policy()
    try:
        return read_policy(_object(path))
    except PolicyError as error:
        _used_wrongly(f"--policy: {error}")


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
        _used_wrongly(f"{name}: {found[0].diagnostics}")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        _used_wrongly(f"{path.name} is not a file that can be read")


def _used_wrongly(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
