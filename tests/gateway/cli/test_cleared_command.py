"""onestory cleared: what was cleared for a person, as JSON; nobody, in one line."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway import keys as key_files
from gateway.actions.opening import migrate, open_gateway
from gateway.cli import application


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    key_files.create(tmp_path / "keys")
    monkeypatch.setenv("ONESTORY_KEYS", str(tmp_path / "keys"))
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    migrate(url, key_files.load(tmp_path / "keys"))
    return url


def _run(database: str, patient: str) -> Result:
    words = ["cleared", "--database", database, "--patient", patient, "--by", "P. Officer"]
    return CliRunner().invoke(application("cleared"), words)


def test_of_nobody_it_says_so_in_one_line_and_of_somebody_it_lists(
    database: str, tmp_path: Path
) -> None:
    nobody = _run(database, "Patient/4f1c")
    assert (nobody.exit_code, nobody.output.count("\n")) == (2, 1)
    held = key_files.load(tmp_path / "keys")
    with closing(open_gateway(database, held, "http://gateway.test")) as gateway:
        body = b'{"resourceType":"Patient","birthDate":"1987-04-12"}'
        answer = asyncio.run(gateway.create(gateway.page_requester(""), "Patient", body))
    printed = _run(database, f"Patient/{json.loads(answer.body)['id']}")
    assert (printed.exit_code, json.loads(printed.output)) == (0, [])
