"""What a resource is about and how sensitive it is, decided by what was asked, never by answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labels:
    """Topics (a mask), level (U=0 to V=5), whether a rule could judge, and which rules spoke.

    `pending` is "not yet labelled": no permit releases it. `ceiling` is content that nothing
    releases. `rules` names each rule that spoke with its rule set, as "version#rule".
    """

    topics: int = 0
    level: int = 3
    pending: bool = False
    ceiling: bool = False
    rules: tuple[str, ...] = ()
