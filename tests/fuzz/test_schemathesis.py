"""schemathesis reads our OpenAPI document and sends what it says, and what it does not.

Seconds in `make test`, half an hour in full; ONESTORY_FUZZ_SECONDS and ONESTORY_FUZZ_SEED choose.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from houses import House
from made_up import Person
from mutating import VALID, Known, about
from watching import LIMIT, Memory, seconds

LENGTH = seconds(20)
SEED = os.environ.get("ONESTORY_FUZZ_SEED", str(time.time_ns() % 10**9) if LENGTH > 60 else "3")
MOST_GROWN = 96 * 1024 * 1024
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance"),
)
FRESH = 120.0


def _words(house: House, directory: Path) -> list[str]:
    command = str(Path(sys.executable).parent / "schemathesis")
    base = house.server.base
    words = [command, "run", f"{base}/openapi.json", "--url", base, "--seed", SEED]
    words += ["--checks", ",".join(CHECKS), "--max-response-time", str(LIMIT)]
    words += ["--max-time", str(int(LENGTH)), "--continue-on-failure", "--no-shrink"]
    words += [
        "--suppress-health-check",
        "all",
        "--warnings",
        "off",
        "--generation-database",
        "none",
    ]
    return [*words, "--report", "json", "--report-json-path", str(directory / "report.json")]


def _held(house: House) -> dict[str, str]:
    """A resource of every type that the service may write, by its type."""
    patient = house.known_at(house.trust, Person())
    held = {"Patient": patient.partition("/")[2]}
    for each in about(VALID, Known(patient, house.trust.who.organization)):
        answer = house.trust.post({k: v for k, v in each.items() if k != "id"})
        if answer.status_code == 201:
            held.setdefault(each["resourceType"], answer.headers["Location"].split("/")[-3])
    assert len(held) > 20, held
    return held


@pytest.mark.timeout(LENGTH + 300)
def test_every_answer_is_one_that_is_described(fuzzed: House, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(fuzzed.trust.token)
    told = {"ONESTORY_TOKEN_FILE": str(token), "ONESTORY_HELD": json.dumps(_held(fuzzed))}
    told |= {"SCHEMATHESIS_HOOKS": "signing_in"}
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    process = fuzzed.server.process
    assert process is not None
    memory = Memory(process.pid, LENGTH * 0.4)
    log = tmp_path / "schemathesis.log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            _words(fuzzed, tmp_path),
            env=dict(os.environ) | told | {"PYTHONPATH": path},
            cwd=tmp_path,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        renewed = time.monotonic()
        while running.poll() is None:
            time.sleep(0.2)
            memory.look()
            if time.monotonic() - renewed > FRESH:
                fuzzed.trust.forget_token()
                token.write_text(fuzzed.trust.token)
                renewed = time.monotonic()
    assert running.returncode == 0, log.read_text(errors="replace")[-8000:]
    assert memory.growth() < MOST_GROWN
    verified = fuzzed.server.verify()
    assert verified.returncode == 0, verified.stdout + verified.stderr
