"""Whether less is seen than before of what is released in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consent.parts import Place, has_parts
from gateway.actions.mixed import Mixed
from gateway.storage.identities import Identity

MOST = 50  # resources of one type, of which each is looked at part by part


def is_less_seen(
    before: Mixed, after: Mixed, own: Sequence[Identity], received: Mapping[str, Sequence[str]]
) -> bool:
    """Whether a part of something that was received (ids by type) was seen, and is no more; in
    doubt where there is too much to look at each."""
    return any(
        len(ids) > MOST or _is_any_less(before, after, own, type_, ids)
        for type_, ids in received.items()
        if has_parts(type_)
    )


def _is_any_less(
    before: Mixed, after: Mixed, own: Sequence[Identity], type_: str, ids: Sequence[str]
) -> bool:
    rows = after.candidates(type_, own, tuple(ids), deleted=True)
    return any(_is_less(before.hidden(row), after.hidden(row)) for row in rows)


def _is_less(before: frozenset[Place] | None, after: frozenset[Place] | None) -> bool:
    """Whether less is seen with the parts hidden after than with those hidden before."""
    if before is None:
        return False
    return after is None or not after <= before
