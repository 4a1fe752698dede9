"""Exports are checked elsewhere, with the public key alone."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.export import Format, Part, export
from gateway.audit.exported import entries_file, verify_export
from gateway.audit.rows import published
from gateway.audit.verify import Broken, Fault, Whole, read_only

few = settings(max_examples=20)
SIZE = 9


def exported(log, form=Format.NDJSON, part=None):
    out = log.path.with_suffix(".export")
    with closing(read_only(log.path)) as connection:
        count = export(connection, published(log.file), out, form, part or Part())
    return entries_file(out), count


def known_person(log):
    log.connection.execute(
        "INSERT INTO identity (patient, organization, person, key) VALUES ('p1', 'o', ?, x'00')",
        (b"p" * 32,),
    )


@pytest.mark.parametrize("form", Format)
def test_an_export_of_the_log_is_whole(logs, form):
    log = logs.new(4, 5)
    out, count = exported(log, form)
    assert count == SIZE
    verdict = verify_export(out, log.key)
    assert isinstance(verdict, Whole)
    assert (verdict.entries, verdict.root) == (SIZE, log.verdict().root)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize(
    ("part", "count"),
    [
        (Part(patient="p1"), 9),
        (Part(since=1767268800000004), 5),
        (Part(patient="p2"), 0),
        (Part(patient="p1", since=1767268800000008), 1),
    ],
)
def test_a_part_is_proved_entry_by_entry(logs, form, part, count):
    log = logs.new(4, 5)
    known_person(log)
    out, written = exported(log, form, part)
    assert written == count
    verdict = verify_export(out, log.key)
    assert isinstance(verdict, Whole)
    assert (verdict.entries, verdict.root) == (count, log.verdict().root)
    assert not verdict.complete


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("part", [Part(), Part(since=1767268800000002)])
@few
@given(bit=st.integers(0, 10**6))
def test_any_flipped_bit_in_an_export_is_found(logs, form, part, bit):
    log = logs.new(4, 5)
    path, _ = exported(log, form, part)
    content = bytearray(path.read_bytes())
    at = bit // 8 % len(content)
    before = bytes(content)
    content[at] ^= 1 << bit % 8
    path.write_bytes(bytes(content))
    verdict = verify_export(path, log.key)
    if isinstance(verdict, Whole):  # upper or lower case of a hex digit, white space between fields
        assert verdict.root == log.verdict().root
        assert same_meaning(before, bytes(content))


def same_meaning(before, after):
    return [line.strip().lower() for line in before.splitlines()] == [
        line.strip().lower() for line in after.splitlines()
    ]


def lines_of(path):
    return path, path.read_bytes().splitlines(keepends=True)


@few
@given(st.integers(0, SIZE - 2), st.integers(0, SIZE - 1))
def test_swapped_lines_are_found(logs, one, other):
    log = logs.new(4, 5)
    path, lines = lines_of(exported(log)[0])
    lines[one], lines[other] = lines[other], lines[one]
    path.write_bytes(b"".join(lines))
    verdict = verify_export(path, log.key)
    if one == other:
        assert isinstance(verdict, Whole)
    else:
        assert (verdict.kind, verdict.position) == (Fault.SWAPPED, min(one, other))


@few
@given(st.integers(0, SIZE - 1))
def test_a_missing_line_is_found(logs, one):
    log = logs.new(4, 5)
    path, lines = lines_of(exported(log)[0])
    del lines[one]
    path.write_bytes(b"".join(lines))
    verdict = verify_export(path, log.key)
    kind = Fault.TRUNCATED if one == SIZE - 1 else Fault.LOST
    assert (verdict.kind, verdict.position) == (kind, one)


@few
@given(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
def test_a_repeated_line_is_found(logs, one, after):
    log = logs.new(4, 5)
    path, lines = lines_of(exported(log)[0])
    lines.insert(max(one, after) + 1, lines[one])
    path.write_bytes(b"".join(lines))
    verdict = verify_export(path, log.key)
    assert (verdict.kind, verdict.position) == (Fault.REPLAYED, one)


@few
@given(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
def test_a_copy_under_another_number_is_found(logs, copy, original):
    log = logs.new(4, 5)
    path, lines = lines_of(exported(log)[0])
    held = [json.loads(line) for line in lines]
    held[copy] = held[original] | {"position": copy}
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in held))
    verdict = verify_export(path, log.key)
    if copy == original:
        assert isinstance(verdict, Whole)
    else:
        assert (verdict.kind, verdict.position) == (Fault.REPLAYED, max(copy, original))


def test_a_part_under_another_number_is_found(logs):
    log = logs.new(4, 5)
    path, lines = lines_of(exported(log, part=Part(since=1767268800000002))[0])
    held = json.loads(lines[0])
    path.write_text(json.dumps(held | {"position": 3}, separators=(",", ":")) + "\n")
    verdict = verify_export(path, log.key)
    assert (verdict.kind, verdict.position) == (Fault.ALTERED, 3)


def test_a_part_with_a_line_twice_is_found(logs):
    log = logs.new(4, 5)
    path, lines = lines_of(exported(log, part=Part(since=1767268800000002))[0])
    path.write_bytes(lines[0] * 2)
    verdict = verify_export(path, log.key)
    assert (verdict.kind, verdict.position) == (Fault.REPLAYED, 2)


def test_a_part_without_its_checkpoint_is_not_signed(logs):
    log = logs.new(4, 5)
    out, _ = exported(log, part=Part(since=1767268800000002))
    out.with_name("checkpoints").unlink()
    verdict = verify_export(out, log.key)
    assert isinstance(verdict, Broken)
    assert verdict.kind is Fault.UNSIGNED


def test_a_part_with_a_bad_checkpoint_is_not_trusted(logs):
    log = logs.new(4, 5)
    out, _ = exported(log, part=Part(since=1767268800000002))
    out.with_name("checkpoints").write_text('"nothing"\n')
    verdict = verify_export(out, log.key)
    assert isinstance(verdict, Broken)
    assert verdict.kind is Fault.UNREADABLE


@pytest.mark.parametrize("content", ["", "position,leaf\n", "position,leaf,proof,entry\n1,2\n"])
def test_a_csv_in_another_form_is_not_read(logs, content):
    log = logs.new(4, 5)
    out, _ = exported(log, Format.CSV)
    out.write_text(content)
    verdict = verify_export(out, log.key)
    assert isinstance(verdict, Broken)
    assert verdict.kind is Fault.UNREADABLE


def test_a_whole_export_is_not_taken_for_a_part(logs):
    """A cut log with paths added proves no completeness, and a part says that it does not."""
    log = logs.new(4, 5)
    out, _ = exported(log, part=Part(since=0))
    verdict = verify_export(out.rename(out.with_name("entries.ndjson")), log.key)
    assert isinstance(verdict, Whole)
    assert verdict.complete


def test_a_directory_without_an_export_is_none(tmp_path):
    assert entries_file(tmp_path) is None


def test_an_export_never_writes_over_another(logs):
    log = logs.new(2)
    exported(log)
    with pytest.raises(FileExistsError):
        exported(log)
