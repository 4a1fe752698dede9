"""onestory keys and onestory audit, as a person at a terminal meets them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gateway.cli import audit, keys

run = CliRunner().invoke


@pytest.fixture
def log(logs):
    made = logs.new(2, 3)
    made.path.with_suffix(".pub").write_text(made.key + "\n")
    return made


def asked(log, *options):
    return ["verify", *options, "--key", str(log.path.with_suffix(".pub"))]


def database(log):
    return f"sqlite:///{log.path}"


def out(log):
    return str(log.path.with_suffix(".export"))


def test_keys_are_made_once(tmp_path):
    made = run(keys.app, ["init", "--dir", str(tmp_path / "keys")])
    assert made.exit_code == 0
    told = json.loads(made.stdout)
    assert (tmp_path / "keys" / "audit.pub").samefile(told["audit_pub"])
    again = run(keys.app, ["init", "--dir", str(tmp_path / "keys")])
    assert again.exit_code == 2
    assert again.stderr.count("\n") == 1


def test_keys_are_not_made_where_a_file_stands(tmp_path):
    (tmp_path / "keys").write_text("")
    made = run(keys.app, ["init", "--dir", str(tmp_path / "keys")])
    assert made.exit_code == 2
    assert made.stderr.count("\n") == 1


def test_the_public_key_is_printed(tmp_path):
    run(keys.app, ["init", "--dir", str(tmp_path / "keys")])
    shown = run(keys.app, ["public", "--dir", str(tmp_path / "keys")])
    assert shown.stdout == (tmp_path / "keys" / "audit.pub").read_text()
    absent = run(keys.app, ["public", "--dir", str(tmp_path / "none")])
    assert absent.exit_code == 2
    assert "onestory keys init" in absent.stderr


def test_a_whole_log_exits_0_with_its_size_and_root(log):
    told = run(audit.app, asked(log, "--database", database(log)))
    assert told.exit_code == 0
    assert told.stdout == f"whole: 5 entries, root {log.verdict().root.hex()}\n"
    assert told.stderr == ""


def test_a_whole_log_is_told_as_json(log):
    told = run(audit.app, asked(log, "--database", database(log), "--json"))
    assert json.loads(told.stdout) == {
        "whole": True,
        "entries": 5,
        "root": log.verdict().root.hex(),
        "checkpoints": 2,
        "complete": True,
    }


def test_a_broken_log_exits_1_with_the_first_fault(log):
    log.connection.execute("DELETE FROM audit WHERE position = 3")
    told = run(audit.app, asked(log, "--database", database(log)))
    assert (told.exit_code, told.stdout) == (1, "lost: Entry 3 is missing.\n")
    told = run(audit.app, asked(log, "--database", database(log), "--json"))
    assert told.exit_code == 1
    assert json.loads(told.stdout)["kind"] == "lost"


def test_a_log_without_its_file_says_what_does_not_show(log):
    log.file.unlink()
    told = run(audit.app, asked(log, "--database", database(log)))
    assert told.exit_code == 0
    assert "cut off at the end would not show" in told.stderr


def test_another_checkpoint_file_can_be_named(log):
    moved = log.file.rename(log.path.with_suffix(".moved"))
    asking = asked(log, "--database", database(log), "--json", "--checkpoints", str(moved))
    assert json.loads(run(audit.app, asking).stdout)["checkpoints"] == 2


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_an_export_is_verified_elsewhere(log, form):
    wrote = run(
        audit.app, ["export", "--database", database(log), "--out", out(log), "--format", form]
    )
    assert json.loads(wrote.stdout)["entries"] == 5
    told = run(audit.app, asked(log, "--export", out(log)))
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith("whole: 5 entries")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--since", "2026-01-01T12:00:00.000003"], 2),
        (["--since", "2026-01-01T13:00:00.000003+01:00"], 2),
        (["--patient", "Patient/p1"], 0),
    ],
)
def test_a_part_is_verified_and_says_that_it_is_one(log, options, count):
    wrote = run(audit.app, ["export", "--database", database(log), "--out", out(log), *options])
    assert json.loads(wrote.stdout)["entries"] == count
    told = run(audit.app, asked(log, "--export", out(log)))
    assert told.exit_code == 0
    assert told.stdout.startswith(f"part: {count} entries")
    assert "left out" in told.stderr


def test_an_export_over_another_is_refused(log):
    asking = ["export", "--database", database(log), "--out", out(log)]
    run(audit.app, asking)
    again = run(audit.app, asking)
    assert again.exit_code == 2
    assert "File exists" in again.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "one of them"),
        (["--database", "sqlite:///a", "--export", "b"], "one of them"),
        (["--database", "mysql://x"], "sqlite:///PATH"),
        (["--database", "sqlite:///no/such.db"], "no file"),
        (["--export", "no-such-directory"], "no export"),
    ],
)
def test_a_log_that_cannot_be_asked_about_exits_2(log, options, says):
    told = run(audit.app, asked(log, *options))
    assert told.exit_code == 2
    assert says in told.stderr
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["verify", "export"])
def test_a_file_that_is_no_database_exits_2(log, tmp_path, command):
    path = tmp_path / "text.db"
    path.write_text("not a database, and long enough to be seen as none" * 9)
    options = ["--database", f"sqlite:///{path}"]
    asking = {
        "verify": asked(log, *options),
        "export": ["export", *options, "--out", str(tmp_path / "out")],
    }
    told = run(audit.app, asking[command])
    assert told.exit_code == 2
    assert "database" in told.stderr


@pytest.mark.parametrize("content", [None, "no key", "\udcff"])
def test_a_key_that_cannot_be_read_exits_2(log, content):
    key = log.path.with_suffix(".pub")
    key.unlink()
    if content is not None:
        key.write_text(content, errors="surrogateescape")
    told = run(audit.app, asked(log, "--database", database(log)))
    assert told.exit_code == 2
    assert told.stderr.count("\n") == 1


def test_a_time_that_is_none_exits_2(log):
    asking = ["export", "--database", database(log), "--out", out(log), "--since", "yesterday"]
    told = run(audit.app, asking)
    assert told.exit_code == 2
    assert "--since" in told.stderr


@pytest.mark.parametrize(
    ("app", "command"),
    [(keys.app, "init"), (keys.app, "public"), (audit.app, "verify"), (audit.app, "export")],
)
def test_every_command_shows_an_example(app, command):
    assert "Example: onestory" in run(app, [command, "--help"]).stdout
