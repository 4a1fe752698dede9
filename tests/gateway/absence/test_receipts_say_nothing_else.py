"""A receipt's hash is of an entry that holds more than its reader may know: it is salted."""

from __future__ import annotations

import json
import shutil
from asyncio import Runner
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from absence_resources import FHIR_JSON, patient
from absence_server import Sent, Server

from gateway.audit.entry import Entry, canonical
from gateway.audit.merkle import leaf_hash
from gateway.keys import Keys
from gateway.storage.database import connect


@dataclass
class Looked:
    """One read of a service's own record, as the log holds it and as its reader may know it."""

    entry: Entry
    receipts: list[bytes]


@pytest.fixture
def looked(migrated_file: Path, in_memory: Path, server_keys: Keys, runner: Runner) -> Looked:
    shutil.copy(migrated_file, in_memory / "gateway.db")
    server = Server(f"sqlite:///{in_memory / 'gateway.db'}", server_keys, runner)
    token = server.token("DA1")
    body = json.dumps(patient(0)).encode()
    mine = server.ask(Sent("POST", "/fhir/Patient", FHIR_JSON, body), token).json["id"]
    server.steps.begin("a look", 1)
    server.ask(Sent("GET", f"/fhir/Patient/{mine}"), token)
    with closing(connect(server.url)) as connection:
        rows = connection.execute("SELECT entry, leaf FROM audit ORDER BY number").fetchall()
    server.close()
    entry, leaf = rows[-1]
    return Looked(msgspec.json.decode(entry, type=Entry), [leaf])


def test_an_entry_is_the_one_that_its_receipt_is_for(looked: Looked) -> None:
    assert [leaf_hash(canonical(looked.entry))] == looked.receipts


def test_whoever_knows_the_rest_cannot_tell_that_no_consent_was_held_against_it(
    looked: Looked,
) -> None:
    assert not looked.entry.is_under_consents
    assert len(looked.entry.salt) == 32
    guessed = msgspec.structs.replace(looked.entry, salt="")
    assert leaf_hash(canonical(guessed)) not in looked.receipts
