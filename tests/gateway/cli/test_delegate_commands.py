"""onestory delegate and onestory judgement: what is recorded, listed, ended and refused."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway import keys as key_files
from gateway.actions.opening import migrate, open_gateway
from gateway.audit.log import checkpoint_file
from gateway.audit.verdict import Whole
from gateway.audit.verify import verify_at
from gateway.cli import application
from gateway.storage.database import connect, database_path

WHO = "https://portal.example/user|71"
OFFICER = ["--by", "P. Officer"]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated database with one registered person, and its keys in the environment."""
    key_files.create(tmp_path / "keys")
    held = key_files.load(tmp_path / "keys")
    monkeypatch.setenv("ONESTORY_KEYS", str(tmp_path / "keys"))
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    migrate(url, held)
    return url


@pytest.fixture
def person(database: str, tmp_path: Path) -> str:
    held = key_files.load(tmp_path / "keys")
    with closing(open_gateway(database, held, "http://gateway.test")) as gateway:
        body = b'{"resourceType":"Patient","birthDate":"1987-04-12"}'
        answer = asyncio.run(gateway.create(gateway.page_requester(""), "Patient", body))
    return f"Patient/{json.loads(answer.body)['id']}"


def _run(command: str, *words: str) -> Result:
    return CliRunner().invoke(application(command), [command, *words])


def _added(database: str, person: str, /, **changes: str) -> Result:
    options = {
        "database": database,
        "patient": person,
        "subject": WHO,
        "name": "Ada Example",
        "basis": "lpa-health-welfare",
        "evidence": "OPG registration seen",
    } | changes
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return _run("delegate", "add", *words, *OFFICER)


def _listed(command: str, database: str, person: str) -> list[dict[str, str]]:
    printed = _run(command, "list", "--database", database, "--patient", person, *OFFICER)
    assert printed.exit_code == 0, printed.output
    return list(json.loads(printed.output))


def test_a_delegate_is_recorded_listed_and_ended(database: str, person: str) -> None:
    added = _added(database, person)
    assert added.exit_code == 0, added.output
    (record,) = _listed("delegate", database, person)
    assert record["id"] == json.loads(added.output)["id"]
    assert (record["identifier"], record["basis"]) == (WHO, "lpa-health-welfare")
    assert (record["recorded_by"], record["until"]) == ("P. Officer", None)
    ended = _run("delegate", "end", record["id"], "--database", database, *OFFICER)
    assert ended.exit_code == 0, ended.output
    assert _listed("delegate", database, person)[0]["until"] is not None
    again = _run("delegate", "end", record["id"], "--database", database, *OFFICER)
    assert (again.exit_code, again.output.count("\n")) == (2, 1)


def test_a_judgement_is_recorded_listed_and_ended(database: str, person: str) -> None:
    words = [
        "--patient",
        person,
        "--kind",
        "gillick",
        "--about",
        "ONESTORY",
        "--evidence",
        "judged",
    ]
    added = _run("judgement", "add", "--database", database, *words, *OFFICER)
    assert added.exit_code == 0, added.output
    (record,) = _listed("judgement", database, person)
    assert record["kind"] == "gillick"
    assert record["about"].startswith("Organization/")
    assert record["until"] is not None
    ended = _run("judgement", "end", record["id"], "--database", database, *OFFICER)
    assert ended.exit_code == 0, ended.output


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"basis": "lpa-property"}, "--basis"),
        ({"subject": "https://fhir.nhs.uk/Id/nhs-number|9990000018"}, "--subject"),
        ({"patient": "Patient/nobody"}, "--patient"),
        ({"evidence": " "}, "--evidence"),
        ({"database": "sqlite:////nowhere/at/all.db"}, "--database"),
    ],
)
def test_what_is_recorded_wrongly_is_refused_in_one_line(
    database: str, person: str, changes: dict[str, str], named: str
) -> None:
    refused = _added(database, person, **changes)
    assert refused.exit_code == 2
    assert named in refused.output
    assert "9990000018" not in refused.output
    assert _listed("delegate", database, person) == []


def test_a_judgement_about_no_service_here_is_refused(database: str, person: str) -> None:
    words = ["--patient", person, "--kind", "gillick", "--about", "NOSUCH", "--evidence", "judged"]
    refused = _run("judgement", "add", "--database", database, *words, *OFFICER)
    assert (refused.exit_code, "--about" in refused.output) == (2, True)


def test_setting_aside_what_no_delegate_said_is_refused(database: str) -> None:
    words = ["nobody", "--database", database, "--reason", "best interests"]
    refused = _run("delegate", "set-aside", *words, *OFFICER)
    assert (refused.exit_code, "--consent" in refused.output) == (2, True)


def test_each_record_and_each_look_is_in_a_whole_log(
    database: str, person: str, tmp_path: Path
) -> None:
    assert _added(database, person).exit_code == 0
    _listed("delegate", database, person)
    with closing(connect(database)) as connection:
        rows = connection.execute("SELECT entry FROM audit ORDER BY number").fetchall()
    asked = [json.loads(entry)["query"] for (entry,) in rows]
    assert asked[-2:] == ["delegate/add", "delegate/list"]
    key = (tmp_path / "keys" / "audit.pub").read_text()
    assert isinstance(verify_at(database, key, checkpoint_file(database_path(database))), Whole)
