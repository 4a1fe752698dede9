"""`onestory map care-plan`: flat files to Bundles and back, with refused rows by row and column."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.map import map_records
from gateway.fhir.strict_json import Limits
from gateway.fhir.verdict import of_body

DRAFT = {
    "nhs_number": "9990000018",
    "birth_date": "1984-05-06",
    "recorded_at": "2026-03-01T10:30:00",
    "organization_ods": "RX4",
    "plan_status": "draft",
    "plan_type": "10",
    "what_matters": 'My "quiet", mornings',
    "strengths": "Grows food,\nand shares it.",
}


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(map_records)
    return app


def written(folder: Path, *records: dict[str, str]) -> Path:
    file = folder / "plans.csv"
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(DRAFT))
        writer.writeheader()
        writer.writerows(records)
    return file


def test_the_template_begins_with_the_person_and_puts_strengths_before_needs(
    command: typer.Typer,
) -> None:
    header = CliRunner().invoke(command, ["care-plan", "--template"]).output.strip().split(",")
    assert header[0] == "nhs_number"
    assert header.index("what_matters") < header.index("strengths") < header.index("need_1")


def test_plans_go_there_and_back(command: typer.Typer, tmp_path: Path) -> None:
    file, out = written(tmp_path, DRAFT), tmp_path / "bundles.ndjson"
    assert CliRunner().invoke(command, ["care-plan", str(file), "--out", str(out)]).exit_code == 0
    assert of_body(out.read_bytes().strip(), Limits()) == []
    back = tmp_path / "back.json"
    arguments = ["care-plan", str(out), "--reverse", "--out", str(back)]
    assert CliRunner().invoke(command, arguments).exit_code == 0
    assert json.loads(back.read_text()) == [DRAFT]


def test_resources_that_stand_alone_go_back_too(command: typer.Typer, tmp_path: Path) -> None:
    file, out = tmp_path / "plans.json", tmp_path / "resources.ndjson"
    file.write_text(json.dumps([DRAFT]))
    arguments = ["care-plan", str(file), "--ndjson", "--out", str(out)]
    assert CliRunner().invoke(command, arguments).exit_code == 0
    back = CliRunner().invoke(command, ["care-plan", str(out), "--reverse", "--ndjson"])
    assert json.loads(back.stdout) == DRAFT


def test_refused_rows_are_named_by_row_and_column(command: typer.Typer, tmp_path: Path) -> None:
    file = written(
        tmp_path, DRAFT, DRAFT | {"strengths": "none"}, DRAFT | {"plan_status": "active"}
    )
    result = CliRunner().invoke(command, ["care-plan", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    rejected = csv.DictReader((tmp_path / "plans.csv.rejected.csv").read_text().splitlines())
    places = [(row["row"], row["column"]) for row in rejected]
    assert places[0] == ("2", "strengths")
    assert ("3", "goal_1") in places
    assert ("3", "coordinator_name") in places
    assert ("3", "strengths") not in places
