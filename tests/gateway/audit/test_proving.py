"""Proofs out of a stored log: right at every size, and made from what was worked out before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from receipts_made import SIGNER

from gateway.audit.growing import grow, tree
from gateway.audit.merkle import Levels, inclusion_proof, leaf_hash
from gateway.audit.proving import SPAN, BrokenLogError, Subtrees
from gateway.storage.database import connect


class Counted:
    """A connection that counts what is asked of it."""

    def __init__(self, connection: object) -> None:
        self._connection = connection
        self.asked = 0

    def execute(self, text: str, values: object = ()) -> object:
        self.asked += 1
        return self._connection.execute(text, values)  # type: ignore[attr-defined]


class StoredLog:
    """A log whose entries are their numbers, in a database."""

    def __init__(self, connection: object) -> None:
        self.connection = Counted(connection)
        self.leaves: list[bytes] = []

    def grow_to(self, size: int) -> None:
        new = [leaf_hash(str(number).encode()) for number in range(len(self.leaves), size)]
        for number, leaf in enumerate(new, start=len(self.leaves)):
            self.connection.execute(
                "INSERT INTO audit (number, position, id, at, organization, entry, leaf)"
                " VALUES (?, ?, ?, 0, 'o', ?, ?)",
                (number, number, str(number), b"{}", leaf),
            )
        grow(self.connection, SIGNER, tree(self.connection), new)  # type: ignore[arg-type]
        self.leaves += new

    def expected(self, index: int) -> tuple[bytes, ...]:
        return inclusion_proof(Levels(self.leaves).root, index, len(self.leaves))

    def proved(self, subtrees: Subtrees, index: int, in_time=lambda: None) -> tuple[bytes, ...]:
        found = subtrees.prove(self.connection, index, self.leaves[index], in_time)
        return found.path


@pytest.fixture
def log(sqlite_url: str) -> Iterator[StoredLog]:
    with closing(connect(sqlite_url)) as connection:
        connection.begin(writing=True)
        yield StoredLog(connection)
        connection.rollback()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 200])
def test_every_entry_of_a_small_log_is_proved(log: StoredLog, size: int) -> None:
    log.grow_to(size)
    for index in range(size):
        assert log.proved(Subtrees(), index) == log.expected(index)


def test_a_log_that_grows_is_proved_from_what_is_kept(log: StoredLog) -> None:
    subtrees = Subtrees()
    for size in (SPAN - 1, SPAN, SPAN + 1, 2 * SPAN, 3 * SPAN + 7, 5 * SPAN):
        log.grow_to(size)
        for index in (0, 1, SPAN - 2, size // 2, size - 1):
            assert log.proved(subtrees, index) == log.expected(index)


def test_what_was_worked_out_is_not_read_again(log: StoredLog) -> None:
    log.grow_to(16 * SPAN)
    subtrees = Subtrees()
    log.proved(subtrees, 0)
    before = log.connection.asked
    log.proved(subtrees, 0)
    first = log.connection.asked - before
    assert first <= 12  # the checkpoint, and the parts of the one span that the entry is in


def test_one_that_was_given_up_goes_on_where_it_was(log: StoredLog) -> None:
    log.grow_to(16 * SPAN)
    subtrees, steps = Subtrees(), iter(range(9))

    def in_time() -> None:
        if next(steps, None) is None:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        log.proved(subtrees, 16 * SPAN - 1, in_time)
    before = log.connection.asked
    assert log.proved(subtrees, 16 * SPAN - 1) == log.expected(16 * SPAN - 1)
    whole = Subtrees()
    after = log.connection.asked
    log.proved(whole, 16 * SPAN - 1)
    assert after - before < log.connection.asked - after


def test_a_log_that_is_not_what_was_signed_proves_nothing(log: StoredLog) -> None:
    log.grow_to(20)
    log.connection.execute("UPDATE audit SET leaf = ? WHERE number = 3", (b"x" * 32,))
    with pytest.raises(BrokenLogError):
        log.proved(Subtrees(), 5)


def test_nor_does_one_whose_checkpoint_is_gone(log: StoredLog) -> None:
    log.grow_to(20)
    log.connection.execute("DELETE FROM checkpoint")
    with pytest.raises(BrokenLogError):
        log.proved(Subtrees(), 5)
