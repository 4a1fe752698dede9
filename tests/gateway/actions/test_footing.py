"""How long an answer stands, and whether what it stood on has moved."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from callers import House, patient, score

from gateway.actions import footing, kept_weighings
from gateway.actions.footing import Ground, Span, span
from gateway.actions.kept_weighings import KeptWeighings, Weighing
from gateway.storage import identities
from gateway.storage.connection import Connection
from gateway.storage.database import connect
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import ALWAYS

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOURS = [NOON + timedelta(hours=hours) for hours in range(4)]
ENDS = [None, *HOURS]
SPANS = [Span(since, until) for since in ENDS for until in ENDS]


def test_a_span_holds_between_its_ends_and_not_at_them() -> None:
    assert [Span(HOURS[1], HOURS[3]).holds_at(now) for now in HOURS] == [False, False, True, False]
    assert [Span(None, HOURS[2]).holds_at(now) for now in HOURS] == [True, True, False, False]
    assert [Span(HOURS[1]).holds_at(now) for now in HOURS] == [False, False, True, True]
    assert all(Span().holds_at(now) for now in HOURS)


@pytest.mark.parametrize(
    ("since", "until", "is_empty"),
    [
        (None, None, False),
        (None, HOURS[0], False),
        (HOURS[0], None, False),
        (HOURS[0], HOURS[1], False),
        (HOURS[1], HOURS[1], True),
        (HOURS[1], HOURS[0], True),
    ],
)
def test_a_span_is_empty_where_it_ends_when_it_begins(since, until, is_empty) -> None:
    assert Span(since, until).is_empty is is_empty


def test_what_is_within_two_spans_is_in_both() -> None:
    for one in SPANS:
        for other in SPANS:
            within = one.within(other)
            held = [one.holds_at(now) and other.holds_at(now) for now in HOURS]
            assert [within.holds_at(now) for now in HOURS] == held


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ([], Span()),
        ([HOURS[0]], Span(HOURS[0], None)),
        ([HOURS[3]], Span(None, HOURS[3])),
        ([HOURS[3], HOURS[0], HOURS[2]], Span(HOURS[0], HOURS[2])),
        ([HOURS[1]], Span(HOURS[1], HOURS[1])),
        (HOURS, Span(HOURS[1], HOURS[1])),
    ],
)
def test_what_moments_leave_lasts_from_the_one_before_to_the_one_after(moments, expected) -> None:
    assert span(moments, HOURS[1]) == expected
    assert span(moments, HOURS[1]).is_empty is (HOURS[1] in moments)


def _reached(house: House, connection: Connection, count: int) -> tuple[Ground, list[Identity]]:
    """A ground that reaches so many people."""
    people = [house.trust.writes(patient(number)) for number in range(count)]
    found = identities.of_patients(connection, [one.removeprefix("Patient/") for one in people])
    assert len(found) == count
    ground = Ground()
    ground.reaches(found)
    return ground, found


PRACTITIONER = {"resourceType": "Practitioner", "name": [{"family": "Example"}]}


def test_what_is_written_of_anyone_reached_or_of_the_directory_moves_the_footing(
    house: House,
) -> None:
    stranger = house.trust.writes(patient(3))
    with closing(connect(house.url)) as connection:
        ground, (one, other) = _reached(house, connection, 2)
        stood = ground.footing(connection)
    assert stood is not None

    def stamps() -> int:
        with closing(connect(house.url)) as connection:
            found = connection.execute(stood.question.text, stood.question.values)
            return int(found.fetchone()[0])

    assert stamps() == stood.stamps
    house.trust.writes(score(stranger))
    assert stamps() == stood.stamps
    seen = [stood.stamps]
    for written in (
        score(f"Patient/{one.patient}"),
        score(f"Patient/{other.patient}"),
        PRACTITIONER,
    ):
        house.trust.writes(written)
        assert stamps() > seen[-1], written
        seen.append(stamps())


def test_nobody_reached_or_too_many_or_no_time_is_no_footing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footing, "MOST", 2)
    with closing(connect(house.url)) as connection:
        assert Ground().footing(connection) is None
        ground, found = _reached(house, connection, 3)
        assert ground.footing(connection) is None
        for count in (1, 2):
            lasting = Ground()
            lasting.reaches(found[:count])
            assert lasting.footing(connection) is not None
        lasting.lasts(Span(HOURS[0], HOURS[2]))
        lasting.lasts(Span(HOURS[1], None))
        stands = lasting.footing(connection)
        assert stands is not None
        assert stands.span == Span(HOURS[1], HOURS[2])
        lasting.lasts(Span(HOURS[2], None))
        assert lasting.footing(connection) is None


def test_only_what_ends_before_it_begins_is_empty() -> None:
    assert not Span(HOURS[0], HOURS[1]).is_empty
    assert Span(HOURS[1], HOURS[1]).is_empty
    assert Span(HOURS[1], HOURS[0]).is_empty


def test_a_weighing_is_kept_while_the_stamps_stand_and_its_time_lasts() -> None:
    made: list[Weighing] = []

    def weigh() -> Weighing:
        made.append(Weighing(ALWAYS, (f"{len(made)}",), Span(HOURS[0], HOURS[2])))
        return made[-1]

    kept = KeptWeighings()
    first = kept.of("who", (1, 1), HOURS[1], weigh)
    assert kept.of("who", (1, 1), HOURS[1], weigh) is first
    assert kept.of("another", (1, 1), HOURS[1], weigh) is not first
    assert kept.of("who", (1, 2), HOURS[1], weigh) is not first
    assert kept.of("who", (1, 1), HOURS[1], weigh) is not first  # the newer took its place
    assert (len(kept), len(made)) == (2, 4)
    kept.of("who", (1, 1), HOURS[2], weigh)
    assert len(made) == 5


def test_beyond_so_many_all_weighings_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_weighings, "MOST", 2)
    kept = KeptWeighings()
    sizes = []
    for who in range(4):
        kept.of(who, (), NOON, lambda: Weighing(ALWAYS, (), Span()))
        sizes.append(len(kept))
    assert sizes == [1, 2, 1, 2]
