"""When the criteria of one provision match: what is known of the request is decided here, what
is asked of the resource becomes a condition over its facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from consent import codes, topics
from consent.asked import Asked, Reading
from consent.dates import EARLIEST, LATEST
from consent.parties import is_requester, source_condition
from consent.predicate import (
    FALSE,
    TRUE,
    AnyTopic,
    Condition,
    Constant,
    DatesTouch,
    DatesWithin,
    HasCode,
    HasText,
    LevelAtLeast,
    LevelAtMost,
    OfClass,
    Pending,
    TopicsWithin,
    Unjudged,
    every,
    negated,
    some,
)
from consent.reach import data_condition
from consent.rules import Criteria

_below, _above = cache(topics.below), cache(topics.above)


def criteria_match(criteria: Criteria, reading: Reading, asked: Asked) -> Condition:
    """All criteria that the provision names match; what the request alone decides comes first."""
    matches: list[Condition] = []
    for element, reader in _READERS:
        if element in criteria.unreadable:
            matches.append(TRUE if reading.doubts else FALSE)
        elif element in criteria.named:
            matches.append(reader(criteria, reading, asked))
        else:
            continue
        if matches[-1] == FALSE:
            return FALSE
    return every(*matches)


def _period(criteria: Criteria, _: Reading, asked: Asked) -> Condition:
    start, end = criteria.period or (EARLIEST, LATEST)
    return Constant(start <= asked.now <= end)


def _actor(criteria: Criteria, reading: Reading, asked: Asked) -> Condition:
    """Recipients are ORed, sources are ORed, the two are ANDed."""
    of_recipients = not criteria.recipients or any(
        is_requester(actor, asked, reading) for actor in criteria.recipients
    )
    if not criteria.sources or not of_recipients:
        return Constant(of_recipients)
    return some(*(source_condition(actor, asked, reading) for actor in criteria.sources))


def _purpose(criteria: Criteria, reading: Reading, asked: Asked) -> Condition:
    purpose = asked.request.purpose
    if purpose is None:
        return Constant(reading is Reading.BROAD)
    covers = _PURPOSES[reading]
    return Constant(any(purpose in covers(named) for named in criteria.purposes))


def _action(criteria: Criteria, reading: Reading, asked: Asked) -> Condition:
    """A permit covers what it names; a denial of pull or push covers both."""
    covered = set(criteria.actions)
    both_ways = {"access", "disclose"}
    if reading is not Reading.NARROW and covered & both_ways:
        covered |= both_ways
    return Constant(asked.request.action in covered)


def _labels(criteria: Criteria, reading: Reading, _: Asked) -> Condition:
    """In a permit topic and level must hold; in a denial either suffices, and so does doubt.

    What no rule could judge may be about any topic: no permit that names topics reaches it.
    """
    named = _below(criteria.topics)
    levels = criteria.levels
    if reading is Reading.NARROW:
        return every(
            negated(Pending()),
            every(TopicsWithin(named), negated(Unjudged())) if criteria.topics else TRUE,
            LevelAtMost(max(levels)) if levels else TRUE,
        )
    at_level = LevelAtLeast(min(levels)) if levels else FALSE
    if reading is Reading.SURE:
        about = AnyTopic(named) if criteria.topics else FALSE
        return every(negated(Pending()), some(about, at_level))
    maybe = AnyTopic(named | _above(criteria.topics)) if criteria.topics else FALSE
    return some(maybe, at_level, Unjudged(), Pending())


def _classes(criteria: Criteria, _: Reading, __: Asked) -> Condition:
    return OfClass(criteria.classes)


def _codes(criteria: Criteria, reading: Reading, _: Asked) -> Condition:
    """Words alone, without a code, and members of a reference set only ever match a denial."""
    named = criteria.codes
    if reading.reaches_below:
        named = named.union(*map(codes.members_of, named))
    coded = HasCode(named) if named else FALSE
    in_words = HasText(criteria.texts) if criteria.texts else FALSE
    return coded if reading is Reading.NARROW else some(coded, in_words)


def _data_period(criteria: Criteria, reading: Reading, _: Asked) -> Condition:
    first, last = criteria.data_period or (EARLIEST, LATEST)
    start = None if first == EARLIEST else first
    end = None if last == LATEST else last
    if reading is Reading.NARROW:
        return DatesWithin(start, end)
    touches = DatesTouch(start, end)
    is_dated = DatesWithin(None, None)
    return touches if reading is Reading.BROAD else every(is_dated, touches)


def _data(criteria: Criteria, reading: Reading, asked: Asked) -> Condition:
    return some(*(data_condition(data, asked, reading) for data in criteria.data))


_PURPOSES: Mapping[Reading, Callable[[str], frozenset[str]]] = {
    Reading.NARROW: codes.permitted_by,
    Reading.BROAD: codes.denied_by,
    Reading.SURE: codes.beneath,
}
_READERS: tuple[tuple[str, Callable[[Criteria, Reading, Asked], Condition]], ...] = (
    ("period", _period),
    ("purpose", _purpose),
    ("action", _action),
    ("actor", _actor),
    ("securityLabel", _labels),
    ("class", _classes),
    ("code", _codes),
    ("dataPeriod", _data_period),
    ("data", _data),
)
