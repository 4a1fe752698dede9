"""A row names the consents that were held against it by a digest: as good as naming each."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.consent_set import set_of, versions_of
from gateway.audit.entry import Recorded, canonical, set_named
from gateway.audit.event import audit_event
from gateway.audit.export import Format, Part, export
from gateway.audit.exported import entries_file, verify_export
from gateway.audit.merkle import leaf_hash
from gateway.audit.rows import published
from gateway.audit.sets import Sets, naming, shown
from gateway.audit.verify import Broken, Fault, Whole, read_only

few = settings(max_examples=20, deadline=None)
versions = st.builds("Consent/{}/_history/{}".format, st.uuids(), st.integers(1, 9))
some = st.lists(versions, max_size=30)
ONE, OTHER = "Consent/k1/_history/2", "Consent/k2/_history/1"


def under(record, number, *consents):
    """A row as it is written today."""
    named = set_of(consents)
    made = record(number, consents=(), consent_set=named.digest if named else "")
    return Recorded(made.entry, made.persons, named)


@pytest.fixture
def log(logs, record):
    """Rows of today: under two consents, under one, under none, and again under two."""
    log = logs.new()
    log.recorded = lambda size: [
        under(record, number, *([ONE, OTHER], [ONE], [])[number % 3])
        for number in range(log.length, log.length + size)
    ]
    return log.grow(2, 4)


def sets(log):
    return log.connection.execute(
        "SELECT digest, members FROM audit_set ORDER BY digest"
    ).fetchall()


def named(verdict):
    assert isinstance(verdict, Broken), verdict
    return verdict.kind, verdict.position


class TestTheDigest:
    @given(some, st.randoms())
    def test_no_order_and_no_repetition_makes_a_difference(self, listed, random):
        again = [*listed, *listed[:3]]
        random.shuffle(again)
        assert set_of(again) == set_of(listed)

    @given(some, some)
    def test_other_versions_have_another(self, one, other):
        assert (set_of(one) == set_of(other)) == (set(one) == set(other))

    @given(some.filter(bool))
    def test_it_is_that_of_the_list_as_anyone_writes_it(self, listed):
        written = json.dumps(sorted(set(listed)), separators=(",", ":")).encode()
        digest, members = set_of(listed)
        assert (digest, members) == (hashlib.sha256(written).hexdigest(), written)
        assert versions_of(digest, members) == tuple(sorted(set(listed)))

    def test_none_have_none(self):
        assert set_of([]) is None

    @pytest.mark.parametrize("members", [None, "text", b"", b'["Consent/k1/_history/1"]'], ids=repr)
    def test_other_members_are_not_what_it_stands_for(self, members):
        assert versions_of(set_of([ONE]).digest, members) is None

    def test_what_is_no_list_stands_for_nothing(self):
        assert versions_of(hashlib.sha256(b"{}").hexdigest(), b"{}") is None


class TestWriting:
    def test_a_set_is_kept_once_and_found_by_each_of_its_consents(self, log):
        both, one = set_of([ONE, OTHER]), set_of([ONE])
        assert sets(log) == sorted([tuple(both), tuple(one)])
        found = log.connection.execute("SELECT entity, digest FROM audit_set_member").fetchall()
        assert sorted(found) == sorted(
            [("Consent/k1", both.digest), ("Consent/k2", both.digest), ("Consent/k1", one.digest)]
        )

    def test_two_versions_of_one_consent_are_found_by_it_once(self, logs, record):
        log = logs.new()
        log.recorded = lambda _: [under(record, 0, ONE, "Consent/k1/_history/3")]
        assert isinstance(log.grow(1).verdict(), Whole)

    def test_after_a_restart_it_is_not_written_again(self, log):
        log.again()
        log.grow(3)
        assert len(sets(log)) == 2
        assert isinstance(log.verdict(), Whole)

    def test_what_was_rolled_back_is_written_again(self, logs, record):
        log = logs.new()
        log.recorded = lambda size: [under(record, log.length + n, ONE) for n in range(size)]
        log.connection.execute("BEGIN IMMEDIATE")
        log.log.append(log.connection, log.recorded(1))
        log.connection.execute("ROLLBACK")
        assert sets(log) == []
        log.grow(1)
        assert len(sets(log)) == 1
        assert isinstance(log.verdict(), Whole)

    def test_of_very_many_sets_those_before_are_forgotten_and_found_to_stand(
        self, logs, record, monkeypatch
    ):
        monkeypatch.setattr("gateway.audit.sets.MOST", 2)
        log = logs.new()
        log.recorded = lambda size: [
            under(record, log.length + n, f"Consent/k{(log.length + n) % 4}/_history/1")
            for n in range(size)
        ]
        log.grow(*[1] * 12)
        assert len(sets(log)) == 4
        assert isinstance(log.verdict(), Whole)

    @few
    @given(st.lists(some, min_size=1, max_size=8))
    def test_rows_under_any_consents_are_whole_and_tell_each_of_them(self, logs, record, held):
        log = logs.new()
        log.recorded = lambda size: [under(record, number, *held[number]) for number in range(size)]
        log.grow(len(held))
        assert isinstance(log.verdict(), Whole)
        for number, listed in enumerate(held):
            for consent in {each.partition("/_history/")[0] for each in listed}:
                wanted = naming((consent,))
                found = log.connection.execute(
                    f"SELECT a.number FROM audit a WHERE {wanted.text}", wanted.values
                )
                assert (number,) in found.fetchall()


class TestReading:
    @given(held=some)
    @few
    def test_an_event_says_the_same_as_of_a_row_that_names_each(self, logs, record, held):
        log = logs.new()
        row = under(record, 0, *held)
        log.recorded = lambda _: [row]
        log.grow(1)
        (today,) = shown(log.connection, [row.entry])
        former = record(0, consents=tuple(sorted(set(held)))).entry
        assert audit_event(today) == audit_event(former)

    def test_rows_of_former_times_are_as_they_were(self, logs, record):
        log = logs.new(3)
        (entry,) = shown(log.connection, [record(0).entry])
        assert entry == record(0).entry
        assert set_named(canonical(entry)) == ""
        log.recorded = lambda size: [under(record, log.length + n, ONE) for n in range(size)]
        assert isinstance(log.grow(2).verdict(), Whole)

    @pytest.mark.parametrize(
        "change", ["DELETE FROM audit_set", "UPDATE audit_set SET members = 1"]
    )
    def test_what_is_not_there_as_it_was_is_said_to_be_missing(self, log, record, change):
        log.connection.execute(change)
        (entry,) = shown(log.connection, [under(record, 0, ONE, OTHER).entry])
        told = [each for each in audit_event(entry)["entity"] if each.get("name") == "consents"]
        assert [each["description"] for each in told] == [
            "The consents that were held against this are missing or altered: check the log."
        ]
        assert "Consent/" not in json.dumps(audit_event(entry))

    def test_of_what_was_held_against_nothing_nothing_is_missing(self, log, record):
        (entry,) = shown(log.connection, [under(record, 2).entry])
        assert not [each for each in audit_event(entry)["entity"] if each.get("name") == "consents"]


class TestVerifying:
    def test_rows_that_name_sets_are_whole(self, log):
        verdict = log.verdict()
        assert isinstance(verdict, Whole)
        assert verdict.entries == 6

    def test_a_set_that_is_missing_is_found(self, log):
        log.connection.execute("DELETE FROM audit_set WHERE digest = ?", (set_of([ONE]).digest,))
        assert named(log.verdict()) == (Fault.CONSENTS, 1)
        assert log.verdict().sentence.endswith("is missing.")

    @few
    @given(bit=st.integers(0, 10**4), one=st.integers(0, 1))
    def test_any_flipped_bit_in_a_set_is_found(self, logs, record, bit, one):
        log = logs.new()
        log.recorded = lambda _: [under(record, 0, ONE, OTHER), under(record, 1, ONE)]
        log.grow(2)
        digest = [set_of([ONE, OTHER]), set_of([ONE])][one].digest
        held = bytearray(dict(sets(log))[digest])
        held[bit // 8 % len(held)] ^= 1 << bit % 8
        log.connection.execute(
            "UPDATE audit_set SET members = ? WHERE digest = ?", (bytes(held), digest)
        )
        assert named(log.verdict()) == (Fault.CONSENTS, one)
        assert log.verdict().sentence.endswith("was altered.")

    def test_another_set_in_its_place_is_found(self, log):
        one, both = set_of([ONE]), set_of([ONE, OTHER])
        log.connection.execute(
            "UPDATE audit_set SET members = ? WHERE digest = ?", (one.members, both.digest)
        )
        assert named(log.verdict()) == (Fault.CONSENTS, 0)

    @pytest.mark.parametrize("members", ["text", 7, None])
    def test_what_is_no_text_of_ours_is_found(self, log, members):
        log.connection.execute("DROP TABLE audit_set")
        log.connection.execute("CREATE TABLE audit_set (digest TEXT, members)")
        log.connection.execute(
            "INSERT INTO audit_set VALUES (?, ?)", (set_of([ONE, OTHER]).digest, members)
        )
        assert named(log.verdict()) == (Fault.CONSENTS, 0)

    def test_a_row_that_points_to_another_set_is_found(self, log):
        rows = log.rows()
        other = set_of([ONE]).digest
        entry = msgspec.json.decode(rows[0][4]) | {"consent_set": other}
        rows[0][4] = msgspec.json.encode(entry)
        log.put(rows)
        assert named(log.verdict()) == (Fault.ALTERED, 0)
        rows[0][5] = leaf_hash(rows[0][4])
        log.put(rows)
        log.connection.execute(
            "UPDATE audit_entity SET entity = ? WHERE number = 0 AND length(entity) = 64", (other,)
        )
        kind, _ = named(log.verdict())
        assert kind is Fault.REWRITTEN

    @pytest.mark.parametrize(
        "change",
        [
            "DELETE FROM audit_set_member WHERE entity = 'Consent/k2'",
            "UPDATE audit_set_member SET entity = 'Consent/k9' WHERE entity = 'Consent/k2'",
            "DELETE FROM audit_entity WHERE number = 0 AND length(entity) = 64",
        ],
    )
    def test_a_row_that_is_not_found_by_a_consent_is_hidden(self, log, change):
        log.connection.execute(change)
        assert named(log.verdict()) == (Fault.HIDDEN, 0)

    def test_sets_that_were_looked_at_long_ago_are_looked_at_again(self, log, monkeypatch):
        monkeypatch.setattr("gateway.audit.checking_sets.MOST", 1)
        assert isinstance(log.verdict(), Whole)


def exported(log, form=Format.NDJSON, part=None):
    out = log.path.with_suffix(".export")
    with closing(read_only(log.path)) as connection:
        export(connection, published(log.file), out, form, part or Part())
    return entries_file(out)


EVERY_EXPORT = [
    pytest.param(form, part, id=f"{form}-{'whole' if part.everything else 'part'}")
    for form in Format
    for part in (Part(), Part(since=0))
]


@pytest.mark.parametrize(("form", "part"), EVERY_EXPORT)
class TestExports:
    def test_they_carry_the_sets_and_are_whole(self, log, form, part):
        out = exported(log, form, part)
        lines = [json.loads(line) for line in out.with_name("consents").read_text().splitlines()]
        assert {line["digest"]: line["members"] for line in lines} == {
            set_of([ONE]).digest: [ONE],
            set_of([ONE, OTHER]).digest: [ONE, OTHER],
        }
        assert isinstance(verify_export(out, log.key), Whole)

    def test_a_set_that_is_missing_is_found(self, log, form, part):
        out = exported(log, form, part)
        file = out.with_name("consents")
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(each for each in lines if "k2" in each))
        assert named(verify_export(out, log.key)) == (Fault.CONSENTS, 1)

    def test_without_them_nothing_is_proved(self, log, form, part):
        out = exported(log, form, part)
        out.with_name("consents").unlink()
        assert named(verify_export(out, log.key)) == (Fault.CONSENTS, 0)

    @few
    @given(bit=st.integers(0, 10**5))
    def test_any_flipped_bit_is_found(self, logs, record, form, part, bit):
        log = logs.new()
        log.recorded = lambda _: [under(record, 0, ONE, OTHER), under(record, 1, ONE)]
        out = exported(log.grow(2), form, part)
        file = out.with_name("consents")
        content = bytearray(file.read_bytes().rstrip(b"\n"))
        content[bit // 8 % len(content)] ^= 1 << bit % 8
        file.write_bytes(bytes(content))
        verdict = verify_export(out, log.key)
        assert isinstance(verdict, Broken)
        assert verdict.kind in (Fault.CONSENTS, Fault.UNREADABLE)


def test_a_part_carries_no_set_that_it_does_not_name(log):
    out = exported(log, part=Part(since=1767268800000004))  # 4: under one, 5: under none
    (line,) = out.with_name("consents").read_text().splitlines()
    assert json.loads(line)["members"] == [ONE]
    assert isinstance(verify_export(out, log.key), Whole)


def test_an_export_of_former_times_needs_no_sets(logs):
    log = logs.new(3)
    out = exported(log)
    out.with_name("consents").unlink()
    assert isinstance(verify_export(out, log.key), Whole)


def test_rows_are_found_by_a_consent_from_indexes(log):
    wanted = naming(("Consent/k1", "Consent/k2"))
    plan = log.connection.execute(
        f"EXPLAIN QUERY PLAN SELECT a.entry FROM audit a WHERE {wanted.text}"
        " ORDER BY a.at DESC, a.id DESC LIMIT 51",
        wanted.values,
    ).fetchall()
    steps = [row[3] for row in plan]
    assert not [step for step in steps if step.startswith("SCAN")], steps
    assert any("audit_set_member" in step or "SEARCH m" in step for step in steps), steps


def test_no_rows_write_no_set(log):
    Sets().write(log.connection, [])()
    assert len(sets(log)) == 2
