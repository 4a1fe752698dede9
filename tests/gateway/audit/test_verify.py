"""Tampering is found and named."""

from __future__ import annotations

import os
import sqlite3

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.checkpoint import Checkpoint, sign, to_line
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.audit.note import Signer
from gateway.audit.verify import Broken, Fault, Whole, verify_database

few = settings(max_examples=1_000 if os.environ.get("ONESTORY_FULL") == "1" else 20, deadline=None)
GROUPS = (1, 3, 4, 2, 1, 5)
SIZE = sum(GROUPS)
positions = st.integers(0, SIZE - 1)


def named(log):
    verdict = log.verdict()
    assert isinstance(verdict, Broken), verdict
    assert verdict.sentence.endswith(".")
    assert "\n" not in verdict.sentence
    return verdict.kind, verdict.position


def cut(log, size):
    """The last entries gone, and with them every trace in the database."""
    log.connection.execute("DELETE FROM audit WHERE position >= ?", (size,))
    log.connection.execute("DELETE FROM checkpoint")
    frontier = Frontier().extended(row[5] for row in log.rows())
    note = sign(log.signer, Checkpoint(size, frontier.root()))
    log.connection.execute(
        "INSERT INTO checkpoint VALUES (?, ?, ?)", (size, note, frontier.to_bytes())
    )


def test_an_empty_log_is_whole(logs):
    assert logs.new().verdict() == Whole(0, Frontier().root(), 0)


def test_a_log_as_it_was_written_is_whole(logs):
    log = logs.new(*GROUPS)
    verdict = log.verdict()
    assert isinstance(verdict, Whole)
    assert (verdict.entries, verdict.outside) == (SIZE, len(GROUPS))


@few
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_any_grouping_gives_the_same_root(logs, groups):
    verdict = logs.new(*groups).verdict()
    assert isinstance(verdict, Whole)
    assert verdict.root == logs.new(sum(groups)).verdict().root


@few
@given(positions, st.sampled_from([4, 5]), st.integers(0, 10**6))
def test_any_flipped_bit_is_found(logs, position, column, bit):
    log = logs.new(*GROUPS)
    rows = log.rows()
    flipped = bytearray(rows[position][column])
    flipped[bit // 8 % len(flipped)] ^= 1 << bit % 8
    rows[position][column] = bytes(flipped)
    log.put(rows)
    assert named(log) == (Fault.ALTERED, position)


@few
@given(positions, st.sampled_from([(1, "other"), (2, 5), (3, "Organization/x")]))
def test_an_altered_column_is_found(logs, position, change):
    log = logs.new(*GROUPS)
    rows = log.rows()
    rows[position][change[0]] = change[1]
    log.put(rows)
    assert named(log) == (Fault.ALTERED, position)


@few
@given(positions)
def test_a_lost_entry_is_found(logs, position):
    log = logs.new(*GROUPS)
    log.connection.execute("DELETE FROM audit WHERE position = ?", (position,))
    last = position == SIZE - 1
    assert named(log) == (Fault.TRUNCATED if last else Fault.LOST, position)


@few
@given(st.integers(0, SIZE - 2))
def test_a_lost_entry_is_found_where_the_rest_moved_up(logs, position):
    log = logs.new(*GROUPS)
    rows = log.rows()
    del rows[position]
    log.put_as_told(rows)
    kind, at = named(log)
    if position >= SIZE - GROUPS[-1]:  # no signed root in between tells the middle from the end
        assert (kind, at) == (Fault.TRUNCATED, SIZE - 1)
    else:
        assert kind is Fault.LOST
        assert at <= position


@few
@given(positions, positions)
def test_swapped_rows_are_found(logs, one, other):
    log = logs.new(*GROUPS)
    rows = log.rows()
    rows[one], rows[other] = rows[other], rows[one]
    log.put_as_told(rows)
    if one == other:
        assert isinstance(log.verdict(), Whole)
    else:
        assert named(log) == (Fault.SWAPPED, min(one, other))


@pytest.mark.parametrize("columns", [(4,), (5,), (4, 5), (1, 2, 3)])
@few
@given(one=positions, other=positions)
def test_swapped_parts_of_rows_are_found(logs, columns, one, other):
    log = logs.new(*GROUPS)
    rows = log.rows()
    for column in columns:
        rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
    log.put(rows)
    if one == other:
        assert isinstance(log.verdict(), Whole)
    else:
        assert named(log) == (Fault.SWAPPED, min(one, other))


@pytest.mark.parametrize("columns", [(4,), (4, 5), (2, 3, 4, 5)])
@few
@given(copy=positions, original=positions)
def test_a_replayed_entry_is_found(logs, columns, copy, original):
    log = logs.new(*GROUPS)
    rows = log.rows()
    for column in columns:
        rows[copy][column] = rows[original][column]
    log.put(rows)
    if copy == original:
        assert isinstance(log.verdict(), Whole)
    else:
        assert named(log) == (Fault.REPLAYED, copy)


def test_an_entry_signed_twice_is_a_replay(logs):
    log = logs.new()
    log.connection.execute("DROP TABLE audit")
    log.connection.execute(
        "CREATE TABLE audit (number, position, id, at, organization, entry, leaf)"
    )
    log.grow(3)
    log.length = 1
    log.grow(1)
    assert named(log) == (Fault.REPLAYED, 3)


@few
@given(positions)
def test_a_rewritten_entry_is_found(logs, position):
    log = logs.new(*GROUPS)
    rows = log.rows()
    rows[position] = log.forged(position, client="c2")
    log.put(rows)
    kind, at = named(log)
    assert kind is Fault.REWRITTEN
    assert at <= position


def test_a_rewritten_entry_is_found_in_a_large_group(logs):
    log = logs.new(200)
    rows = log.rows()
    rows[150] = log.forged(150, client="c2")
    log.put(rows)
    assert named(log) == (Fault.REWRITTEN, 0)


def test_what_is_no_entry_is_found(logs):
    for body in (
        b"[]",
        b'{"id":1}',
        b"\xff",
        canonical_with(at="never"),
        canonical_with(at="2026"),
    ):
        log = logs.new(*GROUPS)
        rows = log.rows()
        rows[4][4:] = [body, leaf_hash(body)]
        log.put(rows)
        assert named(log) == (Fault.ALTERED, 4)


def canonical_with(at):
    return (
        b'{"id":"x","at":"%s","action":"R","interaction":"read","outcome":"permitted",'
        b'"organization":"Organization/1","client":"c","role":"service","purpose":"TREAT"}'
    ) % at.encode()


def test_text_where_bytes_belong_is_found(logs):
    log = logs.new(*GROUPS)
    log.connection.execute("UPDATE audit SET leaf = 'text' WHERE position = 6")
    assert named(log) == (Fault.ALTERED, 6)


@few
@given(st.integers(0, SIZE - 1))
def test_a_log_that_was_cut_is_found_by_the_file(logs, size):
    log = logs.new(*GROUPS)
    cut(log, size)
    assert named(log) == (Fault.TRUNCATED, size)


def test_a_cut_log_without_its_file_claims_nothing_about_its_end(logs):
    log = logs.new(*GROUPS)
    cut(log, 7)
    log.file.unlink()
    verdict = log.verdict()
    assert isinstance(verdict, Whole)
    assert (verdict.entries, verdict.outside) == (7, 0)


def test_entries_that_nobody_signed_are_found(logs):
    log = logs.new(*GROUPS)
    log.put([*log.rows(), log.forged(SIZE)])
    assert named(log) == (Fault.UNSIGNED, SIZE)


def test_a_log_without_any_checkpoint_is_unsigned(logs):
    log = logs.new(*GROUPS)
    log.connection.execute("DELETE FROM checkpoint")
    log.file.unlink()
    assert named(log) == (Fault.UNSIGNED, 0)


@few
@given(st.integers(0, len(GROUPS) - 1))
def test_a_second_history_under_the_same_key_is_a_fork(logs, at):
    """The file remembers another root than the log has, and the key signed both."""
    log = logs.new(*GROUPS)
    size = sum(GROUPS[: at + 1])
    with log.file.open("a") as file:
        file.write(to_line(sign(log.signer, Checkpoint(size, b"x" * 32))))
    assert named(log) == (Fault.FORKED, size)


def test_a_whole_database_with_another_history_is_a_fork(logs):
    log, other = logs.new(*GROUPS), logs.new()
    other.length = 100
    other.grow(*GROUPS)
    log.file.write_bytes(other.file.read_bytes())
    assert named(log)[0] is Fault.FORKED


def test_a_log_restored_from_yesterday_and_written_on_is_a_fork(logs):
    log = logs.new(4)
    yesterday = sqlite3.connect(":memory:")
    log.connection.backup(yesterday)
    log.grow(3)
    yesterday.backup(log.connection)
    yesterday.close()
    log.length = 50
    log.grow(2, 4)
    assert named(log) == (Fault.FORKED, 7)


def test_a_checkpoint_by_another_key_is_found(logs):
    other = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    log = logs.new(*GROUPS, signer=other)
    own = logs.new(*GROUPS)
    verdict = verify_database(log.path, own.key)
    assert isinstance(verdict, Broken)
    assert verdict.kind is Fault.SIGNATURE


@few
@given(st.integers(0, 10**6))
def test_any_flipped_bit_in_the_checkpoint_file_is_found(logs, bit):
    log = logs.new(2, 3)
    content = bytearray(log.file.read_bytes())
    first = content.index(b"\n") + 1
    content[bit // 8 % (first - 1)] ^= 1 << bit % 8
    log.file.write_bytes(bytes(content))
    assert named(log)[0] in (Fault.SIGNATURE, Fault.UNREADABLE)


@few
@given(st.integers(0, 10**6))
def test_any_flipped_bit_in_the_database_s_checkpoint_is_found(logs, bit):
    log = logs.new(2, 3)
    (note,) = log.connection.execute("SELECT note FROM checkpoint").fetchone()
    content = bytearray(note.encode())
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    log.connection.execute("UPDATE checkpoint SET note = CAST(? AS TEXT)", (bytes(content),))
    assert named(log)[0] in (Fault.SIGNATURE, Fault.UNREADABLE)


@pytest.mark.parametrize("change", ["frontier = x'00'", "size = 4", "size = 6"])
def test_a_state_that_the_log_cannot_grow_from_is_found(logs, change):
    log = logs.new(2, 3)
    log.connection.execute(f"UPDATE checkpoint SET {change}")
    assert named(log) == (Fault.UNREADABLE, 5)


def test_a_missing_checkpoint_row_is_found_although_the_file_has_it(logs):
    log = logs.new(2, 3)
    log.connection.execute("DELETE FROM checkpoint")
    assert named(log) == (Fault.UNREADABLE, 5)


def test_a_bad_line_after_the_end_is_found(logs):
    log = logs.new(2)
    with log.file.open("a") as file:
        file.write('{"not": "a note"}\n')
    assert named(log) == (Fault.UNREADABLE, None)


def test_checkpoints_far_out_of_order_are_found(logs, monkeypatch):
    monkeypatch.setattr("gateway.audit.signed.WINDOW", 2)
    log = logs.new(1, 1, 1, 1, 1)
    lines = log.file.read_text().splitlines(keepends=True)
    log.file.write_text("".join([*lines[1:], lines[0]]))
    assert named(log) == (Fault.UNREADABLE, 1)


def test_checkpoints_slightly_out_of_order_are_fine(logs):
    log = logs.new(1, 1, 1, 1, 1)
    lines = log.file.read_text().splitlines(keepends=True)
    log.file.write_text("".join([*reversed(lines), lines[2]]))
    assert isinstance(log.verdict(), Whole)


def test_a_checkpoint_of_the_empty_log_is_held_against_nothing(logs):
    log = logs.new(2)
    before = log.file.read_text()
    log.file.write_text(to_line(sign(log.signer, Checkpoint(0, Frontier().root()))) + before)
    assert isinstance(log.verdict(), Whole)
    log.file.write_text(to_line(sign(log.signer, Checkpoint(0, b"x" * 32))) + before)
    assert named(log) == (Fault.FORKED, 0)


def test_a_long_log_without_a_file_is_checked_in_batches(logs):
    log = logs.new(2_500)
    log.file.unlink()
    assert isinstance(log.verdict(), Whole)


def test_the_database_is_only_read(logs):
    log = logs.new(*GROUPS)
    before = log.path.read_bytes(), log.file.read_bytes()
    log.verdict()
    assert (log.path.read_bytes(), log.file.read_bytes()) == before


def test_a_leaf_that_was_put_elsewhere_is_found(logs):
    log = logs.new(*GROUPS)
    rows = log.rows()
    rows[9][5], rows[4][5] = rows[4][5], b"x" * 32
    log.put(rows)
    assert named(log) == (Fault.ALTERED, 4)


def test_a_bad_checkpoint_far_behind_the_end_is_found(logs, monkeypatch):
    monkeypatch.setattr("gateway.audit.signed.WINDOW", 1)
    log = logs.new(1, 1, 1, 1, 1)
    with log.file.open("a") as file:
        file.write("?\n")
    cut(log, 1)
    assert named(log) == (Fault.UNREADABLE, None)


@few
@given(positions, st.sampled_from(["Observation/%d", "Patient/p1", "Consent/k1"]))
def test_an_entry_hidden_from_search_is_found(logs, position, reference):
    log = logs.new(*GROUPS)
    reference = reference.replace("%d", str(position))
    log.connection.execute(
        "DELETE FROM audit_entity WHERE entity = ? AND number = ?", (reference, position)
    )
    assert named(log) == (Fault.HIDDEN, position)
