"""One labelling rule: what it says of whatever it matches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent import topics


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` carries the version of the rules that it belongs to, as "version#rule". `kept`: what
    it matches is for its author and for whom it is sent to, whatever is permitted.
    """

    name: str
    topics: int
    level: int
    kept: bool = False


def rule(row: Mapping[str, Any], version: str) -> Rule:
    """The rule in a row of the rules; a site's row names the site's version."""
    return Rule(
        f"{row.get('version', version)}#{row['rule']}",
        topics.mask_of(*row["topics"]),
        topics.LEVELS.index(row["level"]),
        bool(row.get("kept")),
    )
