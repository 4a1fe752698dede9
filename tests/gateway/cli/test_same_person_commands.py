"""onestory same-person: what is confirmed, listed, ended and refused."""

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

OFFICER = ["--by", "P. Officer"]
NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
EXAMPLE = ("9990000018", "9990000026")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    key_files.create(tmp_path / "keys")
    monkeypatch.setenv("ONESTORY_KEYS", str(tmp_path / "keys"))
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    migrate(url, key_files.load(tmp_path / "keys"))
    return url


@pytest.fixture
def people(database: str, tmp_path: Path) -> tuple[str, str, str, str]:
    """Two Patients without a number, and one with each of two."""
    held = key_files.load(tmp_path / "keys")
    with closing(open_gateway(database, held, "http://gateway.test")) as gateway:

        def stored(*numbers: str) -> str:
            identifiers = [{"system": NUMBER, "value": each} for each in numbers]
            body = {"resourceType": "Patient", "birthDate": "1987-04-12"}
            body |= {"identifier": identifiers} if numbers else {}
            sent = json.dumps(body).encode()
            answer = asyncio.run(gateway.create(gateway.page_requester(""), "Patient", sent))
            return f"Patient/{json.loads(answer.body)['id']}"

        return stored(), stored(), stored(EXAMPLE[0]), stored(EXAMPLE[1])


def _run(database: str, *words: str) -> Result:
    told = ["same-person", *words, "--database", database, *OFFICER]
    return CliRunner().invoke(application("same-person"), told)


def _confirmed(database: str, *patients: str, ground: str = "Both keyworkers know them") -> Result:
    named = [word for each in patients for word in ("--patient", each)]
    return _run(database, "confirm", *named, "--ground", ground, "--on-their-word")


def _listed(database: str, *words: str) -> list[dict[str, object]]:
    printed = _run(database, "list", *words)
    assert printed.exit_code == 0, printed.output
    return list(json.loads(printed.output))


def test_what_is_confirmed_is_listed_and_ended(
    database: str, people: tuple[str, str, str, str]
) -> None:
    one, other, third, _ = people
    confirmed = _confirmed(database, one, other)
    assert confirmed.exit_code == 0, confirmed.output
    [record] = _listed(database)
    assert record["id"] == json.loads(confirmed.output)["id"]
    assert (record["patients"], record["on_their_word"]) == ([one, other], True)
    assert (record["recorded_by"], record["until"]) == ("P. Officer", None)
    assert _listed(database, "--patient", other) == [record]
    assert _listed(database, "--patient", third) == []
    words = ("end", str(record["id"]), "--reason", "Two people with one name")
    assert _run(database, *words).exit_code == 0
    assert _listed(database)[0]["until"] is not None
    again = _run(database, *words)
    assert (again.exit_code, again.output.count("\n"), "--id" in again.output) == (2, 1, True)


def test_what_cannot_be_confirmed_is_refused_in_one_line(
    database: str, people: tuple[str, str, str, str]
) -> None:
    one, other, numbered, differing = people
    _confirmed(database, one, other)
    for both, words in (
        ((one, other), "one person already"),
        ((one, one), "not the same one twice"),
        ((one,), "two Patients"),
        ((one, "Patient/nobody"), "a Patient here"),
        ((numbered, differing), "different NHS numbers"),
    ):
        refused = _confirmed(database, *both)
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1), refused.output
        assert refused.output.startswith("--patient: ")
        assert words in refused.output
        assert not any(number in refused.output for number in EXAMPLE)
    blank = _confirmed(database, one, numbered, ground=" ")
    assert (blank.exit_code, "--ground" in blank.output) == (2, True)
    nobody = _run(database, "list", "--patient", "Patient/nobody")
    assert (nobody.exit_code, "--patient" in nobody.output) == (2, True)
    assert len(_listed(database)) == 1


def test_each_act_and_each_look_is_in_a_whole_log(
    database: str, people: tuple[str, str, str, str], tmp_path: Path
) -> None:
    assert _confirmed(database, *people[:2]).exit_code == 0
    record = str(_listed(database)[0]["id"])
    assert _run(database, "end", record, "--reason", "Two people").exit_code == 0
    with closing(connect(database)) as connection:
        rows = connection.execute("SELECT entry FROM audit ORDER BY number").fetchall()
    entries = [json.loads(entry) for (entry,) in rows][-3:]
    acts = ["same-person/confirm", "same-person/list", "same-person/end"]
    assert [each["query"] for each in entries] == acts
    assert all(set(people[:2]) <= set(each["entities"]) for each in entries)
    assert entries[-1]["reason"] == "Two people"
    key = (tmp_path / "keys" / "audit.pub").read_text()
    assert isinstance(verify_at(database, key, checkpoint_file(database_path(database))), Whole)
