"""onestory officer and onestory queue: who serves, what waits, and who clears what."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from typer.testing import CliRunner, Result

from gateway import keys as key_files
from gateway.actions.opening import open_gateway
from gateway.auth.access_token import Granted
from gateway.auth.requester import Requester, Role
from gateway.cli import application
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import register_organization

SDS = "https://fhir.nhs.uk/Id/sds-user-id|"
NOTE = "Spoke to the ward: she was unconscious."


@dataclass(frozen=True)
class Place:
    database: str
    organization: str

    def run(self, *words: str) -> Result:
        named = [*words, "--database", self.database]
        return CliRunner().invoke(application(), named)

    def officer(self, name: str, *more: str) -> None:
        assert self.run("officer", "add", "--name", name, *more).exit_code == 0

    def waiting(self, by: str = "A. Officer") -> list[dict[str, object]]:
        found = self.run("queue", "list", "--by", by)
        assert found.exit_code == 0, found.output
        return list(json.loads(found.stdout))

    def clear(self, item: object, by: str, note: str = NOTE) -> Result:
        return self.run("queue", "clear", str(item), "--by", by, "--note", note)


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A database in which someone of RX101 has looked in an emergency."""
    key_files.create(tmp_path / "keys")
    monkeypatch.setenv("ONESTORY_KEYS", str(tmp_path / "keys"))
    gateway = open_gateway(sqlite_url, key_files.load(tmp_path / "keys"), "http://gateway.test")
    connection = connect(sqlite_url)
    with transaction(connection):
        organization = register_organization(
            connection,
            gateway.installation.resources,
            ods="RX101",
            name="A service",
            now=datetime.now(UTC),
            new_id=lambda: str(uuid4()),
        )
    connection.close()
    scopes = frozenset({"system/*.cruds"})
    about = (f"Organization/{organization}", "RX101", Role.SERVICE)
    asker = Requester("c", *about, "TREAT", scopes, "t")
    stored = asyncio.run(gateway.create(asker, "Patient", b'{"resourceType":"Patient"}'))
    patient = f"Patient/{msgspec.json.decode(stored.body)['id']}"
    looks = Requester(
        "c", *about, "BTG", scopes, "t", f"{SDS}555", patient=patient, reason="Found unconscious"
    )
    now = int(datetime.now(UTC).timestamp())
    assert isinstance(
        asyncio.run(gateway.begin_emergency(Granted(looks, now, now + 300, ""))), Granted
    )
    gateway.close()
    return Place(sqlite_url, organization)


def test_an_officer_sees_and_clears_what_waits(place: Place) -> None:
    place.officer("A. Officer")
    [item] = place.waiting()
    assert (item["kind"], item["practitioner"]) == ("emergency", f"{SDS}555")
    assert (item["reason"], item["times"], item["own"]) == ("Found unconscious", 1, False)
    cleared = place.clear(item["item"], "A. Officer")
    assert (cleared.exit_code, json.loads(cleared.stdout)["cleared"]) == (0, True)
    assert place.waiting() == []
    again = place.clear(item["item"], "A. Officer")
    assert (again.exit_code, again.stderr) == (1, "item: has been dealt with already\n")


def test_neither_the_looker_nor_their_service_clears_it(place: Place) -> None:
    place.officer("The looker", "--sds-user", "555", "--caldicott")
    place.officer("Of the service", "--organization", "RX101")
    [item] = place.waiting("The looker")
    for name in ("The looker", "Of the service"):
        refused = place.clear(item["item"], name)
        assert (refused.exit_code, "neither the one whose doing" in refused.stderr) == (1, True)
    place.officer("A. Officer")
    assert len(place.waiting()) == 1


def test_only_registered_officers_who_serve_are_officers(place: Place) -> None:
    place.officer("A. Officer")
    assert place.run("officer", "end", "--name", "A. Officer").exit_code == 0
    for name in ("A. Officer", "Nobody"):
        refused = place.run("queue", "list", "--by", name)
        assert (refused.exit_code, "--by" in refused.stderr) == (2, True)
        assert place.clear(1, name).exit_code == 2


def test_a_note_that_says_nothing_clears_nothing(place: Place) -> None:
    place.officer("A. Officer")
    refused = place.clear(1, "A. Officer", "ok")
    assert (refused.exit_code, refused.stderr.startswith("note: must say")) == (1, True)


def test_officers_are_listed_and_let_in(place: Place) -> None:
    place.officer("G. Guardian", "--caldicott")
    [listed] = json.loads(place.run("officer", "list").stdout)
    assert (listed["name"], listed["guardian"]) == ("G. Guardian", True)
    named = ("officer", "link", "--base-url", "http://127.0.0.1:8080", "--name")
    address = json.loads(place.run(*named, "G. Guardian").stdout)["address"]
    assert address.startswith("http://127.0.0.1:8080/sign-in/")
    assert place.run(*named, "Nobody").exit_code == 2


WRONG = {
    "a name taken": ("--name", "A. Officer"),
    "a name with a bar": ("--name", "A|B"),
    "no name": ("--name", ""),
    "no organisation": ("--name", "B", "--organization", "NONE"),
    "no SDS user id": ("--name", "B", "--sds-user", "5 5"),
    "an SDS user id taken": ("--name", "B", "--sds-user", "555"),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_with_an_officer_is_said_in_one_line(
    place: Place, words: tuple[str, ...]
) -> None:
    place.officer("A. Officer", "--sds-user", "555")
    refused = place.run("officer", "add", *words)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("--")
    assert refused.stderr.count("\n") == 1
