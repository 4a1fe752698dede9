"""The command line's map, run as a command: files in, Bundles or flat records out."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway.cli.flat_files import records
from gateway.cli.map import map_records

APP = typer.Typer()
APP.command()(map_records)
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042")
HEAD = ["nhs_number", "birth_date", "recorded_at", "organization_ods", "practitioner_id"]
AUDIT_C = [*HEAD, "auditc-1", "auditc-2", "auditc-3"]
GOOD = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "recorded_at": "2026-03-01T10:30:00",
    "organization_ods": "RX4",
    "practitioner_id": "",
    "auditc-1": "3",
    "auditc-2": "2",
    "auditc-3": "2",
}


def run(*arguments):
    return CliRunner().invoke(APP, [str(one) for one in arguments])


def rows(count):
    return [
        GOOD
        | {"nhs_number": NUMBERS[n % 4], "recorded_at": f"2026-03-01T10:{n % 60:02}:{n // 60:02}"}
        for n in range(count)
    ]


def as_csv(table, columns=None):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns or list(table[0]), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


@pytest.fixture
def write(tmp_path):
    def written(text, name="in.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def rejected(path):
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bundles(text):
    return [json.loads(line) for line in text.splitlines()]


def of_kind(bundle, kind):
    return [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind]


def test_rows_become_bundles_of_a_hundred(write, tmp_path):
    done = run("audit-c", write(as_csv(rows(250))))
    assert done.exit_code == 0, done.output
    made = bundles(done.stdout)
    assert [len(of_kind(one, "QuestionnaireResponse")) for one in made] == [100, 100, 50]
    assert [len(of_kind(one, "Patient")) for one in made] == [4, 4, 4]
    assert list(tmp_path.iterdir()) == [tmp_path / "in.csv"]


def test_batch_says_how_many_rows_a_bundle_holds(write):
    made = bundles(run("audit-c", write(as_csv(rows(5))), "--batch", 2).stdout)
    assert [len(of_kind(one, "QuestionnaireResponse")) for one in made] == [2, 2, 1]


def test_ndjson_gives_resources(write):
    done = run("audit-c", write(as_csv(rows(2))), "--ndjson")
    kinds = [one["resourceType"] for one in bundles(done.stdout)]
    assert sorted(kinds) == ["Observation"] * 2 + ["Patient"] * 2 + ["QuestionnaireResponse"] * 2


def test_out_names_the_file_and_takes_the_report_beside_it(write, tmp_path):
    (tmp_path / "there").mkdir()
    path = write(as_csv([*rows(1), GOOD | {"auditc-1": "9"}]))
    done = run("audit-c", path, "--out", tmp_path / "there/out.ndjson")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(bundles((tmp_path / "there/out.ndjson").read_text())) == 1
    assert [one["row"] for one in rejected(tmp_path / "there/in.csv")] == ["2"]


def test_refused_rows_are_reported_and_the_rest_goes_through(write):
    table = rows(4)
    table[1] |= {"auditc-2": "7"}
    table[3] |= {"nhs_number": "9990000019", "birth_date": "yesterday"}
    path = write(as_csv(table))
    done = run("audit-c", path)
    assert done.exit_code == 1
    assert len(of_kind(bundles(done.stdout)[0], "QuestionnaireResponse")) == 2
    assert [(one["row"], one["column"]) for one in rejected(path)] == [
        ("2", "auditc-2"),
        ("4", "nhs_number"),
        ("4", "birth_date"),
    ]
    assert "999" not in path.with_name("in.csv.rejected.csv").read_text()
    assert "999" not in done.stderr


def test_a_stated_total_that_disagrees_names_both(write):
    path = write(as_csv([GOOD | {"total": "9"}]))
    assert run("audit-c", path).exit_code == 1
    (refused,) = rejected(path)
    assert refused["column"] == "total"
    assert "9" in refused["reason"]
    assert "7" in refused["reason"]


def test_an_earlier_report_does_not_outlive_a_good_run(write, tmp_path):
    path = write(as_csv([GOOD | {"auditc-1": "x"}]))
    run("audit-c", path)
    assert run("audit-c", write(as_csv([GOOD]))).exit_code == 0
    assert not (tmp_path / "in.csv.rejected.csv").exists()


def test_the_template_is_the_header():
    assert run("audit-c", "--template").stdout.strip().split(",") == AUDIT_C
    assist = run("assist-lite", "--template").stdout.strip().split(",")
    assert assist[:6] == [*HEAD, "version"]
    assert {"al-tobacco-1", "auditc-3", "al-other-2"} < set(assist)
    assert run("referral", "--template").stdout.startswith("nhs_number,birth_date,authored_at")


MISUSED = {
    "an unknown kind": ("no-such-thing", as_csv([GOOD]), ()),
    "an instrument that is not offered": ("assist-lite-original", as_csv([GOOD]), ()),
    "an unknown column": ("audit-c", as_csv([GOOD | {"9990000018": "1"}]), ()),
    "a column that repeats": ("audit-c", "nhs_number,nhs_number\n", ()),
    "a missing column": ("audit-c", as_csv([{"nhs_number": "1"}]), ()),
    "no version column for ASSIST-Lite": ("assist-lite", as_csv([GOOD]), ()),
    "an empty file": ("audit-c", "", ()),
    "a header that is no CSV": ("audit-c", '"a"b,c\n', ()),
    "a batch of none": ("audit-c", as_csv([GOOD]), ("--batch", "0")),
    "a CSV to be reversed": ("audit-c", as_csv([GOOD]), ("--reverse",)),
}


@pytest.mark.parametrize("case", MISUSED)
def test_used_wrongly_exits_two(case, write, tmp_path):
    kind, text, options = MISUSED[case]
    done = run(kind, write(text), *options)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "9990000018" not in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["in.csv"]


def test_a_file_that_is_not_there_exits_two(tmp_path):
    done = run("audit-c", tmp_path / "none.csv")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert run("audit-c").exit_code == 2


def test_the_output_may_not_be_the_input(write):
    path = write(as_csv([GOOD]))
    assert run("audit-c", path, "--out", path).exit_code == 2
    assert path.read_text() == as_csv([GOOD])


def test_a_directory_that_is_not_there_exits_two(write, tmp_path):
    done = run("audit-c", write(as_csv([GOOD])), "--out", tmp_path / "none/out.ndjson")
    assert done.exit_code == 2


MALFORMED = {
    "a cell too many": as_csv([GOOD]) + "a," * 8 + "b\n",
    "a cell too few": as_csv([GOOD]) + "a,b\n",
    "a quote in the wrong place": as_csv([GOOD]) + '"a"b,,,,,,,\n',
    "a quote that never closes": as_csv([GOOD]) + '"a,,,,,,,\n',
    "a field longer than any": as_csv([GOOD]) + "a" * 200_000 + "\n",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_line_is_one_refused_row(case, write):
    path = write(MALFORMED[case])
    done = run("audit-c", path)
    assert done.exit_code == 1, done.output
    assert [one["row"] for one in rejected(path)] == ["2"]
    assert len(of_kind(bundles(done.stdout)[0], "QuestionnaireResponse")) == 1


def test_bytes_that_are_no_utf8_are_refused_by_row_and_column(write):
    table = as_csv([GOOD, GOOD | {"practitioner_id": "é"}], AUDIT_C)
    path = write(table.encode("latin-1"))
    assert run("audit-c", path).exit_code == 1
    assert [(one["row"], one["column"]) for one in rejected(path)] == [("2", "practitioner_id")]


def test_a_byte_order_mark_spaces_and_blank_lines_do_not_matter(write):
    text = as_csv([GOOD]).replace("nhs_number,", " nhs_number ,") + "\n\n" + "\n"
    done = run("audit-c", write(b"\xef\xbb\xbf" + text.encode()))
    assert done.exit_code == 0, done.output


def test_line_ends_of_any_system_are_read(write):
    assert run("audit-c", write(as_csv(rows(3)).replace("\n", "\r\n"))).exit_code == 0


def test_a_column_may_be_left_out_where_it_may_be_empty(write):
    table = {column: text for column, text in GOOD.items() if column != "practitioner_id"}
    assert run("audit-c", write(as_csv([table]))).exit_code == 0


JSONS = {
    "a list": lambda table: json.dumps(table),
    "a list over lines": lambda table: json.dumps(table, indent=2),
    "an empty-ended list": lambda table: "  " + json.dumps(table) + "\n\n",
    "NDJSON": lambda table: "\n".join(map(json.dumps, table)),
    "NDJSON with blank lines": lambda table: "\n\n".join(map(json.dumps, table)) + "\n",
}


@pytest.mark.parametrize("form", JSONS)
def test_flat_json_is_the_same_as_csv(form, write):
    table = rows(40)
    expected = run("audit-c", write(as_csv(table))).stdout
    typed = [one | {"auditc-1": int(one["auditc-1"]), "practitioner_id": None} for one in table]
    done = run("audit-c", write(JSONS[form](typed), "in.json"))
    assert done.exit_code == 0, done.output
    assert done.stdout == expected


def test_one_object_over_several_lines_is_one_record(write):
    done = run("audit-c", write(json.dumps(GOOD, indent=2), "in.json"))
    assert done.exit_code == 0, done.output
    assert len(of_kind(bundles(done.stdout)[0], "QuestionnaireResponse")) == 1


def test_an_empty_list_is_no_rows(write):
    done = run("audit-c", write("[]", "in.json"))
    assert (done.exit_code, done.stdout) == (0, "")


ONE = json.dumps(GOOD)
TWICE = ONE.replace('"auditc-1": "3"', '"auditc-1": "3", "auditc-1": "0"')
NOT_A_NUMBER = ONE.replace('"3"', "NaN")
BROKEN = {
    "a line that is no JSON": (f"{ONE}\n{{oops}}\n{ONE}", 2),
    "a name that repeats": (f"{ONE}\n{TWICE}\n{ONE}", 2),
    "not a number": (f"{ONE}\n{NOT_A_NUMBER}\n{ONE}", 2),
    "a line that is no object": (f"{ONE}\n[]\n{ONE}", 2),
    "a list that never ends": (f"[{ONE},{ONE}", 2),
    "a list with something else in it": (f"[{ONE}, oops, {ONE}]", 1),
    "a list with a number in it": (f"[{ONE}, 1, {ONE}]", 2),
    "a list with a name that repeats": (f"[{ONE},{TWICE},{ONE}]", 1),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_json_is_refused_and_what_can_be_read_goes_through(case, write):
    text, through = BROKEN[case]
    path = write(text.replace("10:30:00", "10:31:00", 1), "in.json")
    done = run("audit-c", path)
    assert done.exit_code == 1, done.output
    assert len(of_kind(bundles(done.stdout)[0], "QuestionnaireResponse")) == through
    assert len(rejected(path)) == 1


def test_large_json_lists_are_read_a_chunk_at_a_time(write):
    table = [one | {"al-other-2": "x" * 3000} for one in rows(60)]
    path = write(json.dumps(table), "in.json")
    assert [number for number, _ in records(path, (), ())] == list(range(1, 61))
    assert [record for _, record in records(path, (), ())] == table


def assist(**more):
    return {c: GOOD[c] for c in HEAD} | {"version": "general", "al-tobacco-1": "n"} | more


MIXED = [
    assist(),
    assist(**{"recorded_at": "2026-07-01T09:00:00Z", "al-other-1": "y", "al-other-2": 'a,"b"\nc'}),
    assist(**{"nhs_number": "9990000026", "total_tobacco": "0", "auditc-1": "4"}),
]


@pytest.mark.parametrize("options", [(), ("--ndjson",), ("--batch", "1")])
def test_reverse_gives_the_csv_back(options, write, tmp_path):
    header = [*run("assist-lite", "--template").stdout.strip().split(","), "total_tobacco"]
    text = as_csv(MIXED, header)
    out = tmp_path / "bundles.ndjson"
    assert run("assist-lite", write(text), "--out", out, *options).exit_code == 0
    back = run("assist-lite", out, "--reverse")
    assert back.exit_code == 0, back.output
    assert back.stdout == text


@pytest.mark.parametrize("name", ["back.json", "back.ndjson"])
def test_reverse_gives_flat_json_too(name, write, tmp_path):
    out = tmp_path / "bundles.ndjson"
    run("assist-lite", write(json.dumps(MIXED), "in.json"), "--out", out)
    back = tmp_path / name
    assert run("assist-lite", out, "--reverse", "--out", back).exit_code == 0
    again = tmp_path / "again.ndjson"
    assert run("assist-lite", back, "--out", again).exit_code == 0
    assert again.read_bytes() == out.read_bytes()


def test_reverse_leaves_other_instruments_alone(write, tmp_path):
    out = tmp_path / "bundles.ndjson"
    run("audit-c", write(as_csv([GOOD])), "--out", out)
    back = run("assist-lite", out, "--reverse", "--ndjson")
    assert (back.exit_code, back.stdout) == (0, "")


def test_reverse_of_something_else_is_said(write):
    held = {"resourceType": "QuestionnaireResponse", "questionnaire": "http://example.org/other"}
    path = write(json.dumps(held | {"status": "completed"}), "other.json")
    back = run("audit-c", path, "--reverse")
    assert back.exit_code == 0  # nothing was refused
    said = "other.json holds no audit-c to map back, only: QuestionnaireResponse (1)"
    assert back.stderr.splitlines() == [said]


def test_reverse_of_nothing_is_an_empty_list(write, tmp_path):
    path = write('{"resourceType": "Bundle", "type": "transaction"}', "in.json")
    out = tmp_path / "back.json"
    assert run("audit-c", path, "--reverse", "--out", out).exit_code == 0
    assert json.loads(out.read_text()) == []


def search_set(bundle):
    """What a server answers: ids of its own, absolute addresses, a pretty-printed searchset."""
    ids = {
        one["fullUrl"]: f"{one['resource']['resourceType']}/{n}"
        for n, one in enumerate(bundle["entry"])
    }
    text = json.dumps(bundle)
    for urn, local in ids.items():
        text = text.replace(f'"reference": "{urn}"', f'"reference": "{local}"')
    entries = [
        {
            "fullUrl": f"https://fhir.example/fhir/{ids[one['fullUrl']]}",
            "resource": one["resource"] | {"id": ids[one["fullUrl"]].partition("/")[2]},
        }
        for one in json.loads(text)["entry"]
    ]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


@pytest.mark.parametrize("indent", [None, 2])
def test_reverse_reads_what_a_server_answers(indent, write):
    (bundle,) = bundles(run("audit-c", write(as_csv([GOOD]))).stdout)
    path = write(json.dumps(search_set(bundle), indent=indent), "answer.json")
    back = run("audit-c", path, "--reverse")
    assert back.exit_code == 0, back.output
    assert back.stdout == as_csv([GOOD])


def test_reverse_refuses_what_it_cannot_say(write):
    (bundle,) = bundles(run("audit-c", write(as_csv([GOOD]))).stdout)
    text = json.dumps(bundle)
    response = of_kind(bundle, "QuestionnaireResponse")[0]
    broken = [
        json.dumps(response | {"subject": {"reference": "Patient/none"}}),
        text.replace("|1.0.0", "|9.0.0"),
        text.replace(json.dumps(response["item"]), '"none"'),
        "oops",
    ]
    text = "\n".join([*broken, text])
    path = write(text, "in.ndjson")
    done = run("audit-c", path, "--reverse")
    assert done.exit_code == 1
    assert [(one["row"], one["column"]) for one in rejected(path)] == [
        ("1", "QuestionnaireResponse.subject"),
        ("2", "QuestionnaireResponse.questionnaire"),
        ("3", ""),
        ("4", ""),
    ]
    assert done.stdout == as_csv([GOOD])


REFERRAL = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "authored_at": "2026-03-01T10:30:00",
    "organization_ods": "RX4",
    "practitioner_id": "",
    "to_organization_ods": "DAS01",
    "code": "417096006",
    "priority": "",
    "agreed": "y",
    "reason": "",
    "while_waiting": "",
    "note": "prefers the morning",
}


@pytest.mark.parametrize("options", [(), ("--ndjson",)])
def test_referrals_go_there_and_back(options, write, tmp_path):
    text = as_csv([REFERRAL, REFERRAL | {"nhs_number": "9990000026", "agreed": "n"}])
    out = tmp_path / "out.ndjson"
    assert run("referral", write(text), "--out", out, *options).exit_code == 0
    back = run("referral", out, "--reverse")
    assert back.exit_code == 0, back.output
    assert back.stdout == text


def test_a_referral_without_its_patient_is_refused(write, tmp_path):
    out = tmp_path / "out.ndjson"
    run("referral", write(as_csv([REFERRAL])), "--ndjson", "--out", out)
    lines = [line for line in out.read_text().splitlines() if '"Patient"' not in line[:40]]
    path = write("\n".join(lines), "in.ndjson")
    assert run("referral", path, "--reverse").exit_code == 1
    assert [one["column"] for one in rejected(path)] == ["ServiceRequest.subject"]


def test_progress_is_told_on_a_terminal_only(write, tmp_path):
    path = write(as_csv(rows(1200)))
    assert run("audit-c", path).stderr == ""
    program = "import typer; from gateway.cli.map import map_records; typer.run(map_records)"
    ours, theirs = os.openpty()
    arguments = ["audit-c", str(path), "--out", str(tmp_path / "out")]
    subprocess.run([sys.executable, "-c", program, *arguments], stderr=theirs, check=True)
    assert b"1,000 read" in os.read(ours, 1000)
    os.close(ours)
    os.close(theirs)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=2000 if os.environ.get("ONESTORY_FULL") else 60, deadline=None)
@given(st.lists(st.lists(CELL, min_size=8, max_size=8), max_size=5))
def test_no_cell_whatever_it_holds_breaks_the_command(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("cells") / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([AUDIT_C, *table])
    assert run("audit-c", path).exit_code in (0, 1)
