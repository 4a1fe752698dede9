"""The command line as an operator meets it: setting up, refusing to start, proving the log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from answers import assert_outcome
from houses import House, Template
from live_server import LiveServer
from made_up import Person, alcohol_score, consent, mood_score, topic
from screenings import as_csv, screenings
from smart_client import SmartClient, register


def _one_line(text: str) -> bool:
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


@pytest.mark.parametrize("words", [["--workers", "2"], ["--database", "mysql://x"]])
def test_serving_what_cannot_be_served_is_refused(template: Template, words: list[str]) -> None:
    server = template.server
    port = str(server.port)
    done = server.command(
        "serve", "--database", server.database, "--port", port, *words, check=False
    )
    assert done.returncode in (1, 2)
    assert _one_line(done.stderr)


def test_nothing_serves_without_keys(template: Template, tmp_path: Path) -> None:
    server = template.server.copy_to(tmp_path / "server", ONESTORY_KEYS="")
    for words in (["serve", "--port", str(server.port)], ["migrate"]):
        done = server.command(*words, "--database", server.database, check=False)
        assert done.returncode in (1, 2), words
        assert _one_line(done.stderr), done.stderr


def test_migrating_twice_and_beside_a_running_server_changes_nothing(house: House) -> None:
    tables = ("organization", "client", "resource")
    before = [house.server.rows(table) for table in tables]
    for _ in range(2):
        house.server.command("migrate", "--database", house.server.database)
    assert [house.server.rows(table) for table in tables] == before
    assert house.trust.read(house.trust.who.organization)["active"] is True


def test_keys_are_not_made_over_keys(template: Template) -> None:
    keys = template.server.keys
    before = {file.name: file.read_bytes() for file in keys.iterdir()}
    done = template.server.command("keys", "init", "--dir", str(keys), check=False)
    assert done.returncode in (1, 2)
    assert {file.name: file.read_bytes() for file in keys.iterdir()} == before


@pytest.mark.parametrize("algorithm", ["RS384", "ES384", "RS512", "PS384"])
def test_a_client_registered_beside_a_running_server_is_served_at_once(
    house: House, algorithm: str
) -> None:
    who = register(house.server, f"Late {algorithm}", "HO1", algorithm=algorithm)
    assert who.organization == house.housing.who.organization
    late = SmartClient(house.server, who)
    house.clients.append(late)
    assert late.created(Person().patient())["resourceType"] == "Patient"


def test_a_disabled_client_is_out_at_once(house: House) -> None:
    who = register(house.server, "Soon gone", "HO1")
    client = SmartClient(house.server, who)
    house.clients.append(client)
    patient = house.known_at(client, Person())
    house.server.command("client", "disable", who.client_id, "--database", house.server.database)
    assert_outcome(client.get(patient), 401)
    assert client.ask_token().status_code in (400, 401)


def test_a_bundle_recorded_by_another_organisation_is_refused(house: House, tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_text(as_csv(screenings([Person()], 1, house.trust.who.ods)))
    mapped = house.server.command("map", "assist-lite", str(file))
    before = house.server.rows("resource")
    answer = house.drugs.send("POST", "", json.loads(mapped.stdout))
    assert_outcome(answer, 400, 403, 422)
    assert house.server.rows("resource") == before


def test_mapping_there_and_back_loses_nothing(house: House, tmp_path: Path) -> None:
    made = screenings([Person() for _ in range(20)], 2, "RX1")
    file, there = tmp_path / "results.csv", tmp_path / "results.ndjson"
    file.write_text(as_csv(made))
    house.server.command("map", "assist-lite", str(file), "--out", str(there))
    back = house.server.command("map", "assist-lite", str(there), "--reverse")
    assert back.returncode == 0
    for one in made:
        assert back.stdout.count(one.person.number) >= 2


# --- the log --------------------------------------------------------------------------------


@pytest.fixture
def told(new_house: Callable[..., House]) -> LiveServer:
    """A stopped server whose log has some dozens of entries."""
    house = new_house()
    patient = house.known_at(house.trust, Person())
    for value in range(20):
        house.trust.created(alcohol_score(patient, value))
    house.server.stop()
    assert house.server.verify().returncode == 0
    return house.server


def _flip(connection: sqlite3.Connection) -> None:
    (entry,) = connection.execute("SELECT entry FROM audit WHERE position = 7").fetchone()
    changed = bytes(entry).replace(b"permitted", b"refused!!", 1)
    assert changed != bytes(entry)
    connection.execute("UPDATE audit SET entry = ? WHERE position = 7", (changed,))


def _lose(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM audit WHERE position = 7")


def _swap(connection: sqlite3.Connection) -> None:
    for old, new in ((7, -1), (8, 7), (-1, 8)):
        connection.execute("UPDATE audit SET position = ? WHERE position = ?", (new, old))


def _truncate(connection: sqlite3.Connection) -> None:
    (last,) = connection.execute("SELECT max(position) FROM audit").fetchone()
    connection.execute("DELETE FROM audit WHERE position > ?", (last - 5,))
    connection.execute("DELETE FROM checkpoint WHERE size > ?", (last - 4,))


def _forge_checkpoint(connection: sqlite3.Connection) -> None:
    (note,) = connection.execute("SELECT note FROM checkpoint ORDER BY size DESC").fetchone()
    lines = str(note).split("\n")
    lines[2] = "A" * 43 + "="
    connection.execute("UPDATE checkpoint SET note = ?", ("\n".join(lines),))


@pytest.mark.parametrize("fault", [_flip, _lose, _swap, _truncate, _forge_checkpoint])
def test_verify_finds_what_was_done_to_the_log(
    told: LiveServer, fault: Callable[[sqlite3.Connection], Any]
) -> None:
    with closing(sqlite3.connect(told.file)) as connection, connection:
        fault(connection)
    done = told.verify()
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert (done.stdout + done.stderr).strip()


def test_verify_with_another_key_fails(told: LiveServer, tmp_path: Path) -> None:
    other = LiveServer(tmp_path / "other")
    other.directory.mkdir()
    other.command("keys", "init", "--dir", str(other.keys))
    words = ["audit", "verify", "--database", told.database, "--key"]
    done = told.command(*words, str(other.keys / "audit.pub"), check=False)
    assert done.returncode == 1


# --- deciding without a server ----------------------------------------------------------------


def test_deciding_prints_a_verdict_for_each_resource(template: Template, tmp_path: Path) -> None:
    words = consent("Patient/p", "permit", "Organization/o", securityLabel=topic("ETHUD"))
    labelled = [
        alcohol_score("Patient/p") | {"id": "a", "meta": {"security": topic("ETHUD")}},
        mood_score("Patient/p") | {"id": "b", "meta": {"security": topic("MH")}},
    ]
    files = {"consent": words | {"id": "c"}, "a": labelled[0], "b": labelled[1]}
    request = {
        "recipient": "Organization/o",
        "purpose": "TREAT",
        "action": "access",
        "at": "2030-01-01T12:00:00Z",
    }
    for name, content in (files | {"request": request}).items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    command = ["decide", "--consents", str(tmp_path / "consent.json")]
    command += ["--request", str(tmp_path / "request.json")]
    command += ["--resource", str(tmp_path / "a.json"), "--resource", str(tmp_path / "b.json")]
    done = template.server.command(*command)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(v["resource"], v["decision"]) for v in verdicts] == [
        ("Observation/a", "permit"),
        ("Observation/b", "deny"),
    ]
    assert all(v["sentence"] and v["strength"] for v in verdicts)
    assert "Consent/c" in json.dumps(verdicts[0]["reasons"])
    (tmp_path / "request.json").write_text(json.dumps(request | {"purpose": "NOPE"}))
    assert template.server.command(*command, check=False).returncode == 2
