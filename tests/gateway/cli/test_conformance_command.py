"""onestory conformance: exit codes, the one line on stdout, and failures by name on stderr."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx
import pytest
import respx
import typer
from typer.testing import CliRunner

from consent.conforming import cases
from gateway.cli.conformance import conformance

SOME = "ceiling: "
MANY = len(cases(SOME))


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(conformance)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.fixture
def engine(tmp_path: Path):
    """Writes a command that answers every resource with the same line."""

    def written(answer: str, status: int = 0) -> str:
        path = tmp_path / "engine.py"
        path.write_text(
            "import json, sys\n"
            "given = [sys.argv[i + 1] for i, v in enumerate(sys.argv) if v == '--resource']\n"
            "for name in given or [None]:\n"
            "    one = json.load(open(name, encoding='utf-8')) if name else {}\n"
            "    of = f\"{one['resourceType']}/{one['id']}\" if one else None\n"
            f"    {answer}\n"
            f"sys.exit({status})\n",
            encoding="utf-8",
        )
        return f'"{sys.executable}" -S "{path}"'

    return written


DENIES = "print(json.dumps({'resource': of, 'decision': 'deny', 'strength': 'ceiling'}))"

REASONS = ", 'reasons': [{'criteria': []}]"


def summed(result) -> dict:
    (line,) = result.stdout.splitlines()
    return dict(json.loads(line))


def test_this_installation_passes_every_case(run) -> None:
    result = run("--reasons")
    assert result.exit_code == 0, result.stderr
    summary = summed(result)
    assert summary["cases"] == summary["passed"] == len(cases())
    assert (summary["failed"], summary["failures"], result.stderr) == (0, [], "")


def test_only_some_cases_are_asked(run) -> None:
    assert summed(run("--only", SOME))["cases"] == MANY


def test_another_engine_fails_by_name(run, engine) -> None:
    result = run("--only", SOME, "--command", engine(DENIES))
    assert result.exit_code == 1
    summary = summed(result)
    assert summary["passed"] + summary["failed"] == MANY
    assert summary["failures"][0] == "Psychiatry is no psychotherapy note"
    lines = result.stderr.splitlines()
    assert len(lines) == summary["failed"]
    words = (
        "ceiling: Psychiatry is no psychotherapy note: deny (ceiling) instead of permit (permit)"
    )
    assert lines[0] == words


def test_reasons_fail_only_where_they_are_asked_for(run, engine) -> None:
    one = "Third-party information: a permit of everything"
    for reasons, words in (("", "other provisions decided"), (REASONS, "other criteria matched")):
        command = engine(DENIES.replace("'ceiling'}", f"'ceiling'{reasons}}}"))
        right = run("--only", one, "--command", command)
        assert (right.exit_code, summed(right)["other_criteria"]) == (0, 1)
        strict = run("--only", one, "--command", command, "--reasons")
        assert strict.exit_code == 1
        assert strict.stderr.endswith(f"{words}\n")


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("print('no JSON')", 0, "no verdict: no JSON lines"),
        ("pass", 3, "no verdict: exit 3"),
        ("pass", 0, "0 verdicts instead of 1"),
    ],
)
def test_an_engine_that_gives_no_verdict_fails(run, engine, answer, status, words) -> None:
    result = run("--only", "Psychotherapy notes beside", "--command", engine(answer, status))
    assert result.exit_code == 1
    assert words in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--only", "no such case"), "no case of the suite"),
        (("--url", "http://127.0.0.1:9/fhir", "--command", "x"), "not both"),
        (("--command", "no-such-engine-here decide"), "no-such-engine-here: "),
        (("--command", '"unended'), "--command: "),
        (("--url", "http://127.0.0.1:9/fhir"), "cannot be reached"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_exit_2(run, arguments, words) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)


BASE = "https://engine.example/fhir"
ASKED = f"{BASE}/Consent/$decide"
DENIED = [
    {"name": "resource", "valueString": "Observation/one"},
    {"name": "decision", "valueCode": "deny"},
    {"name": "strength", "valueCode": "ceiling"},
]
RIGHT = {"resourceType": "Parameters", "parameter": [{"name": "verdict", "part": DENIED}]}
ONE = "Third-party information: a permit of everything"


@respx.mock
def test_a_server_that_is_asked_too_fast_is_waited_for(run) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "0"}), httpx.Response(200, json=RIGHT)]
    route = respx.post(ASKED).mock(side_effect=answers)
    result = run("--only", ONE, "--url", f"{BASE}/", "--token", "a-token")
    assert (result.exit_code, summed(result)["passed"]) == (0, 1)
    sent = route.calls.last.request
    assert sent.headers["Authorization"] == "Bearer a-token"
    names = [one["name"] for one in json.loads(sent.content)["parameter"]]
    assert names == ["consents", "request", "resource"]


@respx.mock
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(500), "no verdict: status 500"),
        (httpx.Response(200, text="not JSON"), "no verdict: no Parameters"),
        (httpx.Response(200, json=[]), "no verdict: no Parameters"),
        (httpx.Response(200, json={"resourceType": "OperationOutcome"}), "0 verdicts instead of 1"),
    ],
)
def test_a_server_that_gives_no_verdict_fails(run, answer, words) -> None:
    respx.post(ASKED).mock(return_value=answer)
    result = run("--only", ONE, "--url", BASE)
    assert result.exit_code == 1
    assert result.stderr.strip().endswith(words)


@respx.mock
@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_lets_nobody_in_cannot_be_asked(run, status) -> None:
    respx.post(ASKED).mock(return_value=httpx.Response(status))
    result = run("--only", ONE, "--url", BASE)
    assert result.exit_code == 2
    assert "use --token" in result.stderr
