"""The conformance suite over the real command and the real HTTP route: a sample, or all of it."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from houses import House
from live_server import ONESTORY

FULL = os.environ.get("ONESTORY_FULL") == "1"
OVER_HTTP = [""] if FULL else ["persons: ", "base-permits: ", "emergencies: "]
OVER_COMMAND = [""] if FULL else ["Five levels beneath an opt-in frame"]


def conformance(house: House, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ONESTORY), "conformance", "--reasons", *options],
        env=house.server.environment,
        cwd=house.server.directory,
        capture_output=True,
        text=True,
    )


def summary(house: House, *options: str) -> dict[str, int]:
    ran = conformance(house, *options)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


@pytest.mark.parametrize("only", OVER_HTTP)
@pytest.mark.timeout(1800)
def test_the_operation_decides_as_the_suite_says(house: House, only: str) -> None:
    house.trust.forget_token()
    over = ("--url", house.trust.fhir, "--token", house.trust.token, "--only", only)
    found = summary(house, *over)
    assert found["cases"] == found["passed"]
    assert found["cases"] > 30


@pytest.mark.parametrize("only", OVER_COMMAND)
@pytest.mark.timeout(3600)
def test_the_command_decides_as_the_suite_says(house: House, only: str) -> None:
    command = f"'{ONESTORY}' decide"
    found = summary(house, "--command", command, "--only", only)
    assert found["cases"] == found["passed"]
    assert found["cases"] >= 5


def test_without_a_token_nothing_is_asked(house: House) -> None:
    over = ("--url", house.trust.fhir, "--only", "ceiling")
    ran = conformance(house, *over)
    assert ran.returncode == 2
    assert "use --token" in ran.stderr
