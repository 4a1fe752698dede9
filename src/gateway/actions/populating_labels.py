"""The labels of a form that is filled in: those of its answers, and what else was said of where
they come from.

A response may hold far more than is taken from it. What our rules find in the rest of it is not
carried along; what its author, or their service, said of it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from consent.label_rules import Rules
from consent.labelling import label
from consent.topics import CONFIDENTIALITY, LEVELS, bit, codings, level_of

Json = dict[str, Any]


def labels(made: Json, sources: Iterable[Json], table: Rules) -> list[Json]:
    """For meta.security; `sources` are the responses that were used, as they are released."""
    own = label(made, {}, table)
    topics, level, others = own.topics, own.level, list[Json]()
    for one in sources:
        found = label({name: each for name, each in one.items() if name != "meta"}, {}, table)
        for coding in one.get("meta", {}).get("security", ()):
            system, code = str(coding.get("system", "")), str(coding.get("code", ""))
            rank, topic = level_of(code) or 0, bit(system, code)
            if system == CONFIDENTIALITY:
                level = max(level, rank if rank > found.level else level)
            elif topic:
                topics |= topic & ~found.topics
            elif coding not in others:
                others.append(coding)
    return [*codings(topics), {"system": CONFIDENTIALITY, "code": LEVELS[level]}, *others]
