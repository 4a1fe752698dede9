"""Where two changes to one resource meet: each element that both changed from what both had read.

Pure. What only one of the two changed is no clash, nor what both changed alike; what either adds to
a list stands beside what the other adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from gateway.fhir.merging import same
from gateway.fhir.pairing import MARKS, pairs_of

Json = dict[str, Any]
_HEAD = ("resourceType", "id", "meta", "text")


@dataclass(frozen=True, slots=True)
class Clash:
    """One element: where it stands in what is stored and in what was sent (FHIRPath), what it was,
    and what each made of it. None: there was nothing, or nothing is left."""

    stands_at: str
    sent_at: str
    before: Any
    theirs: Any
    yours: Any


def clashes(before: Json, theirs: Json, yours: Json) -> Iterator[Clash]:
    """Every element of a resource that both changed, each in its own way, in the order of names."""
    type_ = before["resourceType"]
    return _between(_body(before), _body(theirs), _body(yours), type_, type_)


def _body(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name not in _HEAD}


def _between(before: Any, theirs: Any, yours: Any, stands_at: str, sent_at: str) -> Iterator[Clash]:
    if same(before, theirs) or same(before, yours) or same(theirs, yours):
        return
    three = (before, theirs, yours)
    if all(type(one) is dict for one in three):
        for name in sorted({*before, *theirs, *yours} - {*MARKS}):
            was, is_now, wanted = (one.get(name) for one in three)
            yield from _between(was, is_now, wanted, f"{stands_at}.{name}", f"{sent_at}.{name}")
    elif all(_is_items(one) for one in three):
        yield from _items(before or [], theirs or [], yours or [], stands_at, sent_at)
    else:
        yield Clash(stands_at, sent_at, *three)


def _items(
    before: list[Json], theirs: list[Json], yours: list[Json], stands_at: str, sent_at: str
) -> Iterator[Clash]:
    standing, sent = _became(before, theirs), _became(before, yours)
    for index, item in enumerate(before):
        there, here = standing.get(index), sent.get(index)
        yield from _between(
            item,
            None if there is None else theirs[there],
            None if here is None else yours[here],
            stands_at if there is None else f"{stands_at}[{there}]",
            sent_at if here is None else f"{sent_at}[{here}]",
        )


def _became(before: Sequence[Json], after: Sequence[Json]) -> Mapping[int, int]:
    """Which item each became. Of those that are like none, the first is taken for the first left:
    whoever looks at both will know."""
    pairs = pairs_of(before, after)
    found = {was: now for now, was in enumerate(pairs) if was is not None}
    gone = (was for was in range(len(before)) if was not in found)
    new = (now for now, was in enumerate(pairs) if was is None)
    left = zip_longest(list(gone), list(new))
    return found | {was: now for was, now in left if was is not None and now is not None}


def _is_items(value: Any) -> bool:
    """Whether it is a list of objects, or may be one with nothing in it."""
    return value is None or (type(value) is list and all(type(item) is dict for item in value))
