"""A matter to look at, raised about a referral whatever else comes of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Matter:
    """`task` is the id of the referral's Task, `sender` of the organisation that stays
    responsible; `kind` and `reason` are codes of our CodeSystem/referral."""

    task: str
    sender: str
    kind: str
    reason: str = ""
