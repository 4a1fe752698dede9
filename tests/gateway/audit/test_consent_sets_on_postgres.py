"""Several servers write rows that name the same sets of consents, at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint_file import CheckpointFile
from gateway.audit.consent_set import set_of
from gateway.audit.entry import Recorded
from gateway.audit.log import PendingLog
from gateway.audit.note import Signer
from gateway.audit.sequencer import seal
from gateway.audit.sets import naming
from gateway.audit.verdict import Fault, Whole
from gateway.audit.verify import verify_at
from gateway.storage.connection import transaction
from gateway.storage.postgres import Postgres

SIGNER = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(b"s" * 32))
Record = Callable[..., Recorded]


class Server:
    """One of the servers on a database, with what it remembers."""

    def __init__(self, url: str, record: Record) -> None:
        self.connection = Postgres(url, serial=False)
        self._log = PendingLog(lambda: None)
        self._record = record

    def append(self, rows: dict[int, list[str]]) -> Callable[[], None]:
        return self._log.append(self.connection, [self._row(*each) for each in rows.items()])

    def write(self, rows: dict[int, list[str]]) -> None:
        with transaction(self.connection):
            afterwards = self.append(rows)
        afterwards()

    def _row(self, number: int, consents: list[str]) -> Recorded:
        named = set_of(consents)
        assert named is not None
        made = self._record(number, consents=(), consent_set=named.digest)
        return Recorded(made.entry, made.persons, named)


@pytest.fixture
def servers(postgres_url: str, record: Record) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        made = [Server(postgres_url, record) for _ in range(3)]
        for one in made:
            stack.enter_context(closing(one.connection))
        yield made


def verdict(servers: list[Server], url: str, folder: Path) -> object:
    while seal(servers[0].connection, SIGNER, CheckpointFile(folder / "checkpoints")):
        pass
    return verify_at(url, SIGNER.verifier.text(), folder / "checkpoints")


ONE, OTHER = "Consent/k1/_history/1", "Consent/k2/_history/1"


@pytest.mark.parametrize("stands", [True, False])
def test_who_comes_second_waits_and_the_set_is_there_once(
    servers: list[Server], postgres_url: str, tmp_path: Path, stands: bool
) -> None:
    first, second, _ = servers
    first.connection.begin(writing=True)
    first.append({0: [ONE]})
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.write, {1: [ONE]})
        if stands:
            first.connection.commit()
        else:
            first.connection.rollback()
        waiting.result(timeout=10)
    assert first.connection.execute("SELECT count(*) FROM audit_set").fetchone() == (1,)
    whole = verdict(servers, postgres_url, tmp_path)
    assert isinstance(whole, Whole)
    assert whole.entries == (2 if stands else 1)


def test_many_sets_at_once_keep_no_two_servers_waiting_for_each_other(
    servers: list[Server], postgres_url: str, tmp_path: Path
) -> None:
    together = threading.Barrier(len(servers))

    def work(place: int) -> None:
        chance = random.Random(place)  # noqa: S311 - it makes up a test
        together.wait()
        for turn in range(12):
            numbers = [place * 1_000 + turn * 8 + each for each in range(8)]
            held = [f"Consent/k{chance.randrange(20)}/_history/{turn}" for _ in numbers]
            servers[place].write({n: [one, OTHER] for n, one in zip(numbers, held, strict=True)})

    with ThreadPoolExecutor(len(servers)) as pool:
        for done in [pool.submit(work, place) for place in range(len(servers))]:
            done.result(timeout=30)
    whole = verdict(servers, postgres_url, tmp_path)
    assert isinstance(whole, Whole)
    assert whole.entries == 3 * 12 * 8


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("DELETE FROM audit_set", Fault.CONSENTS),
        ("UPDATE audit_set SET members = convert_to('[]', 'UTF8')", Fault.CONSENTS),
        ("DELETE FROM audit_set_member", Fault.HIDDEN),
    ],
)
def test_what_is_done_to_a_set_is_found(
    servers: list[Server], postgres_url: str, tmp_path: Path, change: str, kind: Fault
) -> None:
    servers[0].write({0: [ONE, OTHER]})
    servers[0].connection.execute(change)
    found = verdict(servers, postgres_url, tmp_path)
    assert not isinstance(found, Whole)
    assert (found.kind, found.position) == (kind, 0)  # type: ignore[attr-defined]


def test_rows_are_found_by_a_consent_from_indexes(servers: list[Server]) -> None:
    servers[0].write({number: [ONE, OTHER] for number in range(3)} | {3: [ONE]})
    connection = servers[0].connection
    wanted = naming(("Consent/k2",))
    text = f"SELECT a.number FROM audit a WHERE {wanted.text} ORDER BY a.at DESC, a.id DESC"
    assert len(connection.execute(text, wanted.values).fetchall()) == 3
    connection.execute("SET enable_seqscan = off")  # three rows are read from end to end
    plan = [row[0] for row in connection.execute(f"EXPLAIN {text}", wanted.values)]
    assert not [step for step in plan if "Seq Scan" in step], plan
    assert [step for step in plan if "audit_set_member_pkey" in step], plan
