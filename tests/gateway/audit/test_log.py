"""The log grows with what it records, and survives kills between commit and publication."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.checkpoint import from_line
from gateway.audit.log import Log
from gateway.audit.verify import Whole

few = settings(max_examples=1_000 if os.environ.get("ONESTORY_FULL") == "1" else 20)


def test_rows_indexes_and_checkpoint_are_there_after_the_commit(logs):
    log = logs.new(2, 1)
    assert [row[0] for row in log.rows()] == [0, 1, 2]
    found = log.connection.execute(
        "SELECT entity, number FROM audit_entity WHERE number = 1 ORDER BY entity"
    ).fetchall()
    assert found == [("Consent/k1", 1), ("Observation/1", 1), ("Patient/p1", 1)]
    persons = log.connection.execute("SELECT person, number FROM audit_person").fetchall()
    assert len(persons) == 6
    assert log.connection.execute("SELECT size FROM checkpoint").fetchall() == [(3,)]
    assert log.rows()[1][2] == 1767268800000001


def test_the_columns_repeat_the_entry(logs):
    row = logs.new(1).rows()[0]
    assert row[3] == "Organization/0"


def test_nothing_recorded_writes_nothing(logs):
    log = logs.new(2)
    log.log.append(log.connection, [])()
    assert len(log.file.read_text().splitlines()) == 1


def test_a_group_that_is_rolled_back_leaves_no_trace(logs):
    log = logs.new(2)
    log.connection.execute("BEGIN IMMEDIATE")
    log.log.append(log.connection, log.recorded(3))
    log.connection.execute("ROLLBACK")
    assert isinstance(log.verdict(), Whole)
    assert isinstance(log.grow(3).verdict(), Whole)


def test_a_replayed_id_is_refused_by_the_database(logs):
    log = logs.new(2)
    log.length = 0
    with pytest.raises(sqlite3.IntegrityError):
        log.grow(1)
    log.connection.execute("ROLLBACK")


def test_two_processes_append_to_one_log(logs):
    log = logs.new(2)
    other = Log(log.signer, log.file)
    for _ in range(3):
        log.log, other = other, log.log
        log.grow(2)
    verdict = log.verdict()
    assert isinstance(verdict, Whole)
    assert (verdict.entries, verdict.outside) == (8, 4)


@few
@given(st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.booleans()), max_size=6))
def test_a_kill_between_commit_and_publication_leaves_the_log_whole(logs, groups):
    log = logs.new()
    for size, published, restarted in groups:
        log.grow(size, publish=published)
        if restarted:
            log.again()
        assert isinstance(log.verdict(), Whole)


@few
@given(st.integers(0, 10**4))
def test_a_line_torn_by_a_kill_is_made_whole(logs, length):
    log = logs.new(2, 3)
    content = log.file.read_bytes()
    second = content.index(b"\n") + 1
    log.file.write_bytes(content[: second + length % (len(content) - second)])
    assert isinstance(log.verdict(), Whole)
    log.again()
    log.grow(1)
    assert isinstance(log.verdict(), Whole)
    assert all(from_line(line) for line in log.file.read_text().splitlines())


def test_a_line_torn_before_the_last_checkpoint_is_ended(logs):
    log = logs.new(2)
    log.file.write_bytes(log.file.read_bytes() + b'"torn')
    log.again()
    log.grow(1)
    assert log.file.read_text().splitlines()[1] == '"torn'


def test_a_torn_line_before_the_first_checkpoint_is_ended(logs):
    log = logs.new()
    log.file.write_bytes(b'"torn')
    log.grow(1)
    assert log.file.read_text().startswith('"torn\n"')


def test_a_file_that_cannot_be_written_is_reported_and_caught_up(logs, caplog):
    log = logs.new(2)
    held = log.file.read_bytes()
    log.file.unlink()
    log.file.mkdir()
    with caplog.at_level(logging.ERROR):
        log.grow(1)
    assert "checkpoint file not written" in caplog.text
    log.file.rmdir()
    log.file.write_bytes(held)
    assert isinstance(log.grow(1).verdict(), Whole)


def test_a_log_may_have_no_file(logs):
    log = logs.new()
    log.log = Log(log.signer, None)
    log.grow(2)
    assert not log.file.exists()
    assert isinstance(log.verdict(), Whole)


def test_the_checkpoint_file_is_for_the_server_alone(logs):
    assert stat.S_IMODE(logs.new(1).file.stat().st_mode) == 0o600
