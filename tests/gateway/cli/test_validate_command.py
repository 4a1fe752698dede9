"""`onestory validate`: one outcome a file, in order, and an exit that says whether all is well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.validate import validate

GOOD = {"resourceType": "Patient", "birthDate": "1980-05-17"}
BAD = {"resourceType": "Patient", "birthDate": "1980-02-30", "gender": "x"}


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(validate)
    return app


def write(folder: Path, name: str, body: object) -> str:
    file = folder / name
    file.write_text(body if isinstance(body, str) else json.dumps(body), "utf-8")
    return str(file)


def test_a_valid_file_exits_0(command: typer.Typer, tmp_path: Path) -> None:
    ran = CliRunner().invoke(command, [write(tmp_path, "a.json", GOOD)])
    assert ran.exit_code == 0
    (issue,) = json.loads(ran.stdout)["issue"]
    assert issue["severity"] == "information"


def test_a_faulty_file_exits_1_and_each_file_has_its_line(
    command: typer.Typer, tmp_path: Path
) -> None:
    files = [
        write(tmp_path, name, body)
        for name, body in (("a.json", GOOD), ("b.json", BAD), ("c.json", "{"), ("d.json", {}))
    ]
    ran = CliRunner().invoke(command, files)
    assert ran.exit_code == 1
    outcomes = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [
        [place for issue in outcome["issue"] for place in issue.get("expression", [])]
        for outcome in outcomes
    ] == [[], ["Patient.birthDate", "Patient.gender"], ["Resource"], ["Resource.resourceType"]]
    assert all(outcome["resourceType"] == "OperationOutcome" for outcome in outcomes)


def test_a_type_that_is_not_held_is_an_error_at_its_place(
    command: typer.Typer, tmp_path: Path
) -> None:
    ran = CliRunner().invoke(command, [write(tmp_path, "a.json", {"resourceType": "Slot"})])
    assert ran.exit_code == 1
    assert json.loads(ran.stdout)["issue"][0]["expression"] == ["Slot.resourceType"]


def test_a_file_that_is_not_there_exits_2_with_one_line(
    command: typer.Typer, tmp_path: Path
) -> None:
    ran = CliRunner().invoke(command, [str(tmp_path / "none.json")])
    assert ran.exit_code == 2
    assert len(ran.stderr.strip().splitlines()) == 1


PROFILE = "https://onestory.example/fhir/StructureDefinition/referral-task"
TASK = {"resourceType": "Task", "status": "requested", "intent": "order"}


def test_a_profile_is_asked_about_besides(command: typer.Typer, tmp_path: Path) -> None:
    file = write(tmp_path, "a.json", TASK)
    assert CliRunner().invoke(command, [file]).exit_code == 0
    ran = CliRunner().invoke(command, [file, "--profile", PROFILE])
    assert ran.exit_code == 1
    issues = json.loads(ran.stdout)["issue"]
    assert ["Task.owner"] in [issue["expression"] for issue in issues]
    assert {issue["severity"] for issue in issues} == {"error"}


def test_a_resource_is_held_to_the_profile_that_it_names(
    command: typer.Typer, tmp_path: Path
) -> None:
    named = TASK | {"meta": {"profile": [PROFILE]}}
    ran = CliRunner().invoke(command, [write(tmp_path, "a.json", named)])
    assert ran.exit_code == 1


def test_a_profile_that_is_not_ours_is_an_error_that_names_ours(
    command: typer.Typer, tmp_path: Path
) -> None:
    file = write(tmp_path, "a.json", TASK)
    ran = CliRunner().invoke(command, [file, "--profile", "https://other.example/p"])
    assert ran.exit_code == 1
    (issue,) = json.loads(ran.stdout)["issue"]
    assert (issue["code"], issue["expression"]) == ("not-found", ["profile"])
    assert PROFILE in issue["diagnostics"]
