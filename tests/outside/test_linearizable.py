"""The checker of histories finds what it has to find."""

from __future__ import annotations

import random

from linearizable import Read, Write, fault

WRITES = (Write("on", 0, 0), Write("off", 10, 12), Write("on", 20, 22), Write("off", 30, 32))


def seen(value: str, begun: float, ended: float) -> Read:
    return Read(value, begun, ended)


def test_what_was_set_is_seen() -> None:
    assert fault(WRITES, [seen("on", 1, 2), seen("off", 13, 14), seen("on", 23, 24)]) is None


def test_while_it_is_set_either_may_be_seen() -> None:
    assert fault(WRITES, [seen("on", 9, 11), seen("off", 10.5, 11)]) is None
    assert fault(WRITES, [seen("on", 11, 13)]) is None


def test_nothing_that_begins_after_the_end_sees_what_was() -> None:
    assert fault(WRITES, [seen("on", 12.1, 13)]) is not None
    assert fault(WRITES, [seen("on", 32.1, 33)]) is not None


def test_nothing_is_seen_before_it_is_set() -> None:
    assert fault(WRITES, [seen("off", 1, 9)]) is not None


def test_nobody_goes_back_behind_what_another_saw() -> None:
    first, second = seen("off", 10.1, 10.3), seen("on", 10.5, 11)
    assert fault(WRITES, [first]) is None
    assert fault(WRITES, [second]) is None
    assert fault(WRITES, [first, second]) is not None


def test_any_history_of_a_thing_that_is_read_at_one_moment_is_explained() -> None:
    chance = random.Random(4)  # noqa: S311 - made-up histories
    for _ in range(200):
        moments = sorted(chance.uniform(0, 100) for _ in range(8))
        writes = [Write("on", 0, 0)]
        at = [(0.0, "on")]
        for number, moment in enumerate(moments[:-1]):
            value = "on" if number % 2 else "off"
            gap = (moments[number + 1] - moment) / 3
            at.append((moment + gap / 2, value))
            writes.append(Write(value, moment, moment + gap))
        reads = []
        for _ in range(40):
            moment = chance.uniform(1, 100)
            value = next(value for when, value in reversed(at) if when <= moment)
            before, after = chance.uniform(0, 3), chance.uniform(0, 3)
            reads.append(Read(value, moment - before, moment + after))
        assert fault(writes, reads) is None
        stale = Read("on" if writes[-1].value == "off" else "off", moments[-1] + 1, moments[-1] + 2)
        assert fault(writes, [*reads, stale]) is not None
