"""onestory client: what the operator types, what is printed, what is refused in one line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.auth.bearer import NO_VALID_TOKEN
from gateway.auth.requester import Requester
from gateway.cli.client import app
from gateway.keys import create
from gateway.storage.database import connect


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(autouse=True)
def keys_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    create(tmp_path / "keys")
    monkeypatch.setenv("ONESTORY_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def jwks(world: Any, tmp_path: Path) -> str:
    path = tmp_path / "public.json"
    path.write_text(world.jwks("rsa"))
    return str(path)


def _add(database: str, jwks: str | None, /, **changes: str | None) -> Result:
    options: dict[str, str | None] = {
        "database": database,
        "name": "Riverside EHR",
        "organization": "RX101",
        "role": "service",
        "jwks": jwks,
        "scope": "system/Observation.rs system/Patient.crus",
        "purpose": "TREAT",
    }
    words = ["add"]
    for name, value in (options | changes).items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", value]
    return _run(*words)


def _clients(database: str) -> int:
    connection: sqlite3.Connection = connect(database)
    found = connection.execute("SELECT count(*) FROM client").fetchone()[0]
    connection.close()
    return int(found)


def test_added_client_gets_a_token_at_once(world: Any, database: str, jwks: str) -> None:
    result = _add(database, jwks)
    assert result.exit_code == 0, result.stderr
    printed = json.loads(result.stdout)
    assert set(printed) == {"client_id", "organization"}
    world.clients[printed["client_id"]] = "rsa"
    found = world.authenticated(f"Bearer {world.token(printed['client_id'])}")
    assert isinstance(found, Requester)
    assert (found.organization, found.ods) == (printed["organization"], "RX101")


def test_second_client_of_an_organisation_finds_it(world: Any, database: str, jwks: str) -> None:
    first, second = (json.loads(_add(database, jwks).stdout) for _ in range(2))
    assert first["organization"] == second["organization"]
    assert first["client_id"] != second["client_id"]
    other = json.loads(_add(database, jwks, organization="RX202").stdout)
    assert other["organization"] != first["organization"]


def _part_of(database: str) -> dict[str, str]:
    """Which organisation says that it is part of which, by ODS code."""
    connection: sqlite3.Connection = connect(database)
    rows = connection.execute(
        "SELECT o.ods, above.ods FROM token_index t JOIN resource r ON r.rid = t.rid"
        " JOIN organization o ON o.id = r.id"
        " JOIN organization above ON 'Organization/' || above.id = t.value"
        " WHERE t.name = 'partof'"
    ).fetchall()
    connection.close()
    return dict(rows)


def test_an_organisation_is_placed_below_another(world: Any, database: str, jwks: str) -> None:
    _add(database, jwks, organization="RX202")
    for _ in range(2):  # the same again changes nothing
        assert _add(database, jwks, part_of="RX202").exit_code == 0
        assert _part_of(database) == {"RX101": "RX202"}


@pytest.mark.parametrize("above", ["RX101", "RX303", "RX909"], ids=["itself", "below", "unknown"])
def test_an_organisation_is_below_no_stranger_and_not_below_itself(
    world: Any, database: str, jwks: str, above: str
) -> None:
    _add(database, jwks)
    _add(database, jwks, organization="RX303", part_of="RX101")
    before = (_clients(database), _part_of(database))
    result = _add(database, jwks, part_of=above)
    assert result.exit_code == 2
    assert result.stderr.startswith("--part-of:")
    assert (_clients(database), _part_of(database)) == before


def test_list_shows_registrations_without_keys(world: Any, database: str, jwks: str) -> None:
    added = json.loads(_add(database, jwks, basis="6(1)(e), 9(2)(h)").stdout)
    shown = json.loads(_run("list", "--database", database).stdout)
    assert {
        "client_id": added["client_id"],
        "name": "Riverside EHR",
        "organization": added["organization"],
        "ods": "RX101",
        "role": "service",
        "scopes": ["system/Observation.rs", "system/Patient.crus"],
        "purposes": ["TREAT"],
        "asserts_users": False,
        "basis": "6(1)(e), 9(2)(h)",
        "jwks_url": None,
        "disabled": False,
    } in shown


def test_disabled_client_loses_its_live_token(world: Any, database: str, jwks: str) -> None:
    client = json.loads(_add(database, jwks).stdout)["client_id"]
    world.clients[client] = "rsa"
    header = f"Bearer {world.token(client)}"
    assert isinstance(world.authenticated(header), Requester)
    assert _run("disable", client, "--database", database).exit_code == 0
    assert world.authenticated(header) is NO_VALID_TOKEN
    assert world.ask(world.assertion(client)).status_code == 401
    shown = json.loads(_run("list", "--database", database).stdout)
    assert [each["disabled"] for each in shown if each["client_id"] == client] == [True]


def test_rotated_keys_count_at_once(world: Any, database: str, jwks: str, tmp_path: Path) -> None:
    client = json.loads(_add(database, jwks).stdout)["client_id"]
    world.clients[client] = "rsa"
    header = f"Bearer {world.token(client)}"
    (tmp_path / "new.json").write_text(world.jwks("ec"))
    words = ("rotate", client, "--database", database, "--jwks", str(tmp_path / "new.json"))
    assert _run(*words).exit_code == 0
    assert world.authenticated(header) is NO_VALID_TOKEN
    assert world.ask(world.assertion(client)).status_code == 401
    assert world.token(client, key="ec")


WRONG: dict[str, dict[str, str | None]] = {
    "an unknown role": {"role": "admin"},
    "an unknown purpose": {"purpose": "FUN"},
    "marketing": {"purpose": "HMARKT"},
    "a portal that treats": {"role": "portal"},
    "an officer that treats": {"role": "officer"},
    "a scope of no type": {"scope": "system/Spell.r"},
    "no keys": {"jwks": None},
    "keys in two places": {"jwks_url": "https://client.example/jwks"},
    "an unsafe address": {"jwks": None, "jwks_url": "http://client.example/jwks"},
    "a missing file": {"jwks": "/no/such/file"},
    "a folder": {"jwks": "/"},
    "keys of the server that are not there": {"keys": "/no/such/folder"},
    "no database": {"database": "sqlite:////no/such/folder/gateway.db"},
    "no such kind of database": {"database": "mysql://here"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_wrong_use_is_one_line_and_exit_2_and_adds_nothing(
    world: Any, database: str, jwks: str, changes: dict[str, str | None]
) -> None:
    before = _clients(database)
    result = _add(database, jwks, **changes)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert _clients(database) == before


def test_client_is_added_only_where_the_servers_keys_are_named(
    world: Any,
    database: str,
    jwks: str,
    keys_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ONESTORY_KEYS")
    before = _clients(database)
    refused = _add(database, jwks)
    assert (refused.exit_code, _clients(database)) == (2, before)
    assert "ONESTORY_KEYS" in refused.stderr
    assert _add(database, jwks, keys=str(keys_directory)).exit_code == 0


def test_private_key_file_is_refused_and_said_so(world: Any, database: str, tmp_path: Path) -> None:
    path = tmp_path / "private.json"
    path.write_text(json.dumps({"keys": [world.keys["rsa"].as_dict(private=True)]}))
    result = _add(database, str(path))
    assert result.exit_code == 2
    assert "private key" in result.stderr
    assert world.keys["rsa"].as_dict(private=True)["d"] not in result.stderr


@pytest.mark.parametrize("command", ["disable", "rotate"])
def test_unknown_client_is_exit_2(world: Any, database: str, jwks: str, command: str) -> None:
    keys = ["--jwks", jwks] if command == "rotate" else []
    result = _run(command, "nobody", "--database", database, *keys)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_database_without_schema_says_what_to_run(tmp_path: Path, world: Any, jwks: str) -> None:
    path = tmp_path / "empty.db"
    sqlite3.connect(path).close()
    result = _add(f"sqlite:///{path}", jwks)
    assert result.exit_code == 2
    assert "onestory migrate" in result.stderr
