"""What each rule said of a resource: kept beside its labels, so that every label names its rule."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

# Of the name of each rule by which something named lends its labels, or cannot: no other has it.
CARRIED = "#named"


class Said(NamedTuple):
    """One rule's topics (a mask) and level, whether it could not judge, and whether nobody can: a
    tuple, because every write makes some.

    `rule` names the rule with the version of the rules that it belongs to, as "version#rule".
    """

    rule: str
    topics: int = 0
    level: int = 0
    unjudged: bool = False
    pending: bool = False


def together(said: Iterable[Said]) -> tuple[Said, ...]:
    """Each rule once, in the order in which they spoke, with all that it said."""
    spoken = tuple(said)
    if len(spoken) < 2:
        return spoken
    found: dict[str, Said] = {}
    for one in spoken:
        before = found.get(one.rule, one)
        found[one.rule] = Said(
            one.rule,
            before.topics | one.topics,
            max(before.level, one.level),
            before.unjudged or one.unjudged,
            before.pending or one.pending,
        )
    return tuple(found.values())


_DOUBTS = {(False, False): "", (True, False): "?", (False, True): "!", (True, True): "?!"}


def written(said: Iterable[Said]) -> str:
    """As it is kept beside a row: "version#rule=topics.level", and "?" where it could not judge,
    "!" where nobody can."""
    return " ".join(
        f"{one.rule}={one.topics:x}.{one.level}{_DOUBTS[one.unjudged, one.pending]}" for one in said
    )


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[Said, ...]:
    """What was kept, read again."""
    return tuple(_one(each) for each in text.split(" ") if each)


def _one(text: str) -> Said:
    rule, _, rest = text.rpartition("=")
    topics, _, level = rest.rstrip("?!").partition(".")
    return Said(rule, int(topics, 16), int(level), "?" in rest, "!" in rest)
