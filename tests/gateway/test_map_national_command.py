"""National data sets through the command: files in, Bundles out, and back to the same file."""

import csv
import io
import json

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.map import map_records

APP = typer.Typer()
APP.command()(map_records)
WHO = {"OrgIDProv": "RX4", "NHSNumber": "9990000018", "PersonBirthDate": "1980-02-03"}
MHSDS = [
    {"Table": "MHS001MPI", **WHO, "Gender": "2"},
    {
        "Table": "MHS101Referral",
        **WHO,
        "ServiceRequestID": "S",
        "ReferralRequestReceivedDate": "2026-03-01",
    },
    {
        "Table": "MHS606CodedScoreAssessmentRefer",
        **WHO,
        "ServiceRequestID": "S",
        "AssToolCompTimestamp": "2026-03-01T10:30:00",
        "CodedAssToolType": "720433000",
        "PersScore": "9",
    },
]
KEYS = {"AGNCY": "N0853", "CLIENTID": "1"}
NDTMS = [
    {"TABLE": "episode", **KEYS, "CONSENT": "Y", "EPISODID": "E1", "REFLD": "2015-01-05"},
    {"TABLE": "drugs", **KEYS, "CONSENT": "Y", "EPISODID": "E1", "DRUG1": "1011"},
    {"AGNCY": "N0853", "CLIENTID": "2", "CONSENT": "N"},
]


def run(*arguments):
    return CliRunner().invoke(APP, [str(one) for one in arguments])


def written(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows(text):
    found = csv.DictReader(io.StringIO(text))
    return [{column: cell for column, cell in row.items() if cell} for row in found]


@pytest.mark.parametrize(("kind", "records"), [("mhsds", MHSDS), ("ndtms", NDTMS)])
@pytest.mark.parametrize("options", [(), ("--ndjson",), ("--batch", "1")])
def test_a_file_comes_back_as_it_was(tmp_path, kind, records, options):
    source = written(tmp_path / "in.csv", records)
    out = tmp_path / "out.ndjson"
    assert run(kind, source, "--out", out, *options).exit_code == 0
    again = run(kind, out, "--reverse")
    assert again.exit_code == 0
    assert rows(again.stdout) == records


@pytest.mark.parametrize(
    ("kind", "first"), [("mhsds", "Table,OrgIDProv"), ("ndtms", "TABLE,AGNCY")]
)
def test_the_template_is_the_header(kind, first):
    assert run(kind, "--template").stdout.startswith(first)


def test_refused_rows_are_told_by_row_and_column_and_never_by_number(tmp_path):
    bad = MHSDS[0] | {"NHSNumber": "9990000019"}
    source = written(tmp_path / "in.csv", [*MHSDS, bad])
    done = run("mhsds", source)
    assert done.exit_code == 1
    report = (tmp_path / "in.csv.rejected.csv").read_text("utf-8")
    assert "9990000019" not in report + done.output
    assert [(row["row"], row["column"]) for row in rows(report)] == [("4", "NHSNumber")]
    assert len(json.loads(done.stdout.splitlines()[0])["entry"]) == 3


def test_a_refusal_in_a_later_bundle_keeps_the_rows_of_an_earlier_one(tmp_path):
    no = KEYS | {"CONSENT": "N"}
    source = written(tmp_path / "in.csv", [NDTMS[0], no])
    out = tmp_path / "out.ndjson"
    assert run("ndtms", source, "--batch", "1", "--out", out).exit_code == 0
    left = rows(run("ndtms", out, "--reverse").stdout)
    assert left == [no, no]
    assert "E1" in out.read_text("utf-8")


def test_the_help_says_how_old_the_names_are_and_what_the_gates_are():
    said = " ".join(run("--help").stdout.split())
    assert "2015" in said
    assert "direction" in said
    assert "CONSENT" in said
