"""The engines that the conformance suite can be held against: this one, a command, an address."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from consent.conforming import Case, decided
from gateway.fhir.decide_parameters import verdicts_in
from gateway.fhir.parameters import parts

Json: TypeAlias = Mapping[str, Any]
Engine: TypeAlias = Callable[[Case], Sequence[Json]]
FHIR_JSON = "application/fhir+json"
TRIES = 20
_REQUEST = {
    "purpose": "valueCode",
    "action": "valueCode",
    "at": "valueDateTime",
    "emergency": "valueBoolean",
}
_POLICY = {
    "purposes": "valueCode",
    "confidentiality": "valueCode",
    "emergencies": "valueCode",
    "ceiling": "valueCoding",
}


class EngineError(Exception):
    """The engine gave no verdicts on a case: what it did instead, in one line."""


class UnreachableError(Exception):
    """There is no such engine."""


def this_one(case: Case) -> Sequence[Json]:
    """The engine of this installation, in this process."""
    return decided(case)


def at_address(base: str, token: str | None) -> Engine:
    """The operation Consent/$decide of a FHIR server."""
    headers = {"Accept": FHIR_JSON, "Content-Type": FHIR_JSON}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    client = httpx.Client(headers=headers, timeout=60)
    address = f"{base.rstrip('/')}/Consent/$decide"

    def ask(case: Case) -> Sequence[Json]:
        try:
            answer = _answered(client, address, json.dumps(parameters(case)))
        except httpx.HTTPError as error:
            raise UnreachableError(
                f"{address} cannot be reached: {type(error).__name__}"
            ) from error
        if answer.status_code in (401, 403):
            raise UnreachableError(f"{address} answers {answer.status_code}: use --token")
        if answer.status_code != 200:
            raise EngineError(f"status {answer.status_code}")
        try:
            return verdicts_in(answer.json())
        except (ValueError, AttributeError) as error:
            raise EngineError("no Parameters") from error

    return ask


def _answered(client: httpx.Client, address: str, body: str) -> httpx.Response:
    """The answer, waiting as long as the server says where it is asked too fast."""
    for _ in range(TRIES):
        answer = client.post(address, content=body)
        if answer.status_code != 429:
            break
        wait = answer.headers.get("Retry-After", "1")
        time.sleep(min(float(wait), 10) if wait.isdigit() else 1)
    return answer


def parameters(case: Case) -> dict[str, Any]:
    """The case as the body of Consent/$decide."""
    listed: list[dict[str, Any]]
    listed = [{"name": "consents", "resource": one} for one in case.consents]
    listed.append({"name": "request", "part": parts(case.request, _REQUEST)})
    listed += [{"name": "resource", "resource": one} for one in case.resources]
    listed += [{"name": "context", "resource": one} for one in case.context or ()]
    if case.policy is not None:
        listed.append({"name": "policy", "part": parts(case.policy, _POLICY)})
    return {"resourceType": "Parameters", "parameter": listed}


def by_command(command: str) -> Engine:
    """A command that takes the options of `onestory decide`, and prints what it prints."""
    words = shlex.split(command)

    def ask(case: Case) -> Sequence[Json]:
        with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
            options = _files(case, Path(folder))
            try:
                run = subprocess.run(  # noqa: S603 - the command that the user named
                    [*words, *options], capture_output=True, text=True, check=False, timeout=60
                )
            except OSError as error:
                raise UnreachableError(f"{words[0]}: {error.strerror}") from error
            except subprocess.TimeoutExpired as error:
                raise EngineError("no answer within a minute") from error
        return _printed(run)

    return ask


def _printed(run: subprocess.CompletedProcess[str]) -> Sequence[Json]:
    if run.returncode != 0:
        raise EngineError(f"exit {run.returncode}")
    try:
        return [dict(json.loads(line)) for line in run.stdout.splitlines() if line.strip()]
    except (TypeError, ValueError) as error:
        raise EngineError("no JSON lines") from error


def _files(case: Case, folder: Path) -> list[str]:
    """The case as files, and the options that name them."""
    documents: dict[str, Sequence[Json]] = {
        "consents": [_bundle(case.consents)],
        "request": [case.request],
        "resource": case.resources,
        "context": [] if case.context is None else [_bundle(case.context)],
        "policy": [] if case.policy is None else [case.policy],
    }
    options: list[str] = []
    for name, several in documents.items():
        for place, document in enumerate(several):
            path = folder / f"{name}-{place}.json"
            path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
            options += [f"--{name}", str(path)]
    return options


def _bundle(resources: Sequence[Json]) -> Json:
    entries = {"entry": [{"resource": one} for one in resources]} if resources else {}
    return {"resourceType": "Bundle", "type": "collection"} | entries
