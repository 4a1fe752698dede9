"""Which status a Consent may move to.

What has ended stays ended, with one exception: the person may let what they paused count again.
"""

from __future__ import annotations

from gateway.fhir.problem import Kind, Problem

ENDED = ("rejected", "inactive", "entered-in-error")

_MOVES = {
    "draft": ("proposed", "active", *ENDED),
    "proposed": ("active", *ENDED),
    "active": ("inactive", "entered-in-error"),
    "inactive": ("entered-in-error",),
    "rejected": ("entered-in-error",),
    "entered-in-error": (),
}


def wrong_move(before: str, after: str, *, is_the_person: bool) -> list[Problem]:
    """Why a Consent may not move from one status to another; what it may be instead."""
    allowed = (before, *_MOVES[before])
    if is_the_person and before == "inactive":
        allowed = (*allowed, "active")
    if after in allowed:
        return []
    right = f"is {before}, so it may be {' or '.join(allowed)}"
    again = "; write a new one to say it again" if before in ENDED else ""
    return [Problem(Kind.RULE, right + again, "Consent.status")]
