"""On PostgreSQL rows are durable first and sealed a moment later; what is claimed is only that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint_file import CheckpointFile
from gateway.audit.entry import Recorded
from gateway.audit.log import PendingLog
from gateway.audit.note import Signer
from gateway.audit.sequencer import Sequencer, seal
from gateway.audit.verdict import Broken, Fault, Whole
from gateway.audit.verify import verify_at
from gateway.storage.connection import transaction
from gateway.storage.postgres import SEQUENCING, Postgres

Record = Callable[[int], Recorded]
SIGNER = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(b"s" * 32))


class Written:
    """A log on PostgreSQL, written and sealed by hand."""

    def __init__(self, url: str, folder: Path, record: Record) -> None:
        self.record = record
        self.url = url
        self.path = folder / "story.checkpoints"
        self.file = CheckpointFile(self.path)
        self.connection = Postgres(url, serial=False)
        self.woken = 0
        self._length = 0

    def grow(self, size: int) -> None:
        rows = [self.record(number) for number in range(self._length, self._length + size)]
        self._length += size
        with transaction(self.connection):
            afterwards = PendingLog(self._wake).append(self.connection, rows)
        afterwards()

    def _wake(self) -> None:
        self.woken += 1

    def seal(self) -> int:
        return seal(self.connection, SIGNER, self.file)

    def verdict(self) -> Whole | Broken:
        return verify_at(self.url, SIGNER.verifier.text(), self.path)

    def lines(self) -> int:
        return len(self.path.read_text().splitlines())


@pytest.fixture
def log(postgres_url: str, tmp_path: Path, record: Record) -> Iterator[Written]:
    made = Written(postgres_url, tmp_path, record)
    yield made
    made.connection.close()


def _counts(verdict: Whole | Broken) -> tuple[int, int | None]:
    assert isinstance(verdict, Whole), verdict
    return verdict.entries, verdict.pending


def test_rows_wait_and_nothing_is_claimed_about_them(log: Written) -> None:
    log.grow(3)
    assert _counts(log.verdict()) == (0, 3)
    assert log.woken == 1


def test_sealed_rows_are_whole_and_later_ones_wait(log: Written) -> None:
    log.grow(3)
    assert log.seal() == 3
    log.grow(2)
    assert _counts(log.verdict()) == (3, 2)
    assert log.seal() == 2
    assert log.seal() == 0
    assert _counts(log.verdict()) == (5, 0)
    assert log.lines() == 2


def test_an_altered_row_is_found_only_once_it_is_sealed(log: Written) -> None:
    log.grow(3)
    log.seal()
    log.grow(1)
    log.connection.execute("UPDATE audit SET organization = 'x' WHERE position IS NULL")
    assert _counts(log.verdict()) == (3, 1)
    log.seal()
    verdict = log.verdict()
    assert isinstance(verdict, Broken)
    assert (verdict.kind, verdict.position) == (Fault.ALTERED, 3)


def test_a_sealed_row_that_is_made_to_wait_again_is_missed(log: Written) -> None:
    log.grow(3)
    log.seal()
    log.connection.execute("UPDATE audit SET position = NULL WHERE position = 2")
    verdict = log.verdict()
    assert isinstance(verdict, Broken)
    assert verdict.kind is Fault.TRUNCATED


def test_while_one_server_seals_no_other_does(log: Written) -> None:
    log.grow(1)
    with closing(Postgres(log.url)) as other:
        other.execute("SELECT pg_advisory_lock(?)", (SEQUENCING,))
        assert log.seal() == 0
        other.execute("SELECT pg_advisory_unlock(?)", (SEQUENCING,))
    assert log.seal() == 1


def test_a_row_that_commits_late_is_sealed_late(log: Written) -> None:
    """Its number is lower than that of rows sealed before it."""
    with closing(Postgres(log.url, serial=False)) as slow:
        slow.begin(writing=True)
        PendingLog(lambda: None).append(slow, [log.record(99)])
        log.grow(2)
        assert log.seal() == 2
        slow.commit()
    assert log.seal() == 1
    assert _counts(log.verdict()) == (3, 0)


@pytest.mark.parametrize("left", [1, 40])
def test_a_line_that_another_server_left_torn_is_made_whole(log: Written, left: int) -> None:
    log.grow(1)
    log.seal()
    log.path.write_bytes(log.path.read_bytes()[:left])
    log.grow(1)
    log.seal()
    assert log.lines() == 2
    assert _counts(log.verdict()) == (2, 0)


def test_two_sequencers_seal_everything_once(log: Written) -> None:
    both = [Sequencer(lambda: Postgres(log.url, serial=False), SIGNER, log.path) for _ in range(2)]
    writers = [
        threading.Thread(target=_write, args=(log.url, log.record, start)) for start in (0, 100)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    for sequencer in both:
        sequencer.close()
    assert _counts(log.verdict()) == (40, 0)


def _write(url: str, record: Record, start: int) -> None:
    with closing(Postgres(url, serial=False)) as connection:
        for number in range(start, start + 20):
            with transaction(connection):
                PendingLog(lambda: None).append(connection, [record(number)])
